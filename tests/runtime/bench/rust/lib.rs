//! The embedded allocators that crates.io carries, behind the four functions that the bench asks of
//! every allocator. Each keeps its control block at the start of the arena it is given, so that the
//! arena is all the memory it has.
#![no_std]

use core::alloc::Layout;
use core::mem::{align_of, size_of};
use core::ptr::NonNull;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

/// Some peers link the `alloc` crate, which asks for an allocator; none of them uses it.
struct NoAllocator;

unsafe impl core::alloc::GlobalAlloc for NoAllocator {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NO_ALLOCATOR: NoAllocator = NoAllocator;

/// One peer: made inside an arena, then asked.
trait Peer: Sized {
    /// Write the control block at `self`; the rest of the arena is `memory`.
    unsafe fn start(at: *mut Self, memory: *mut u8, bytes: usize);
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8;
    unsafe fn free(&mut self, pointer: NonNull<u8>, layout: Layout);
}

fn or_null(result: Option<NonNull<u8>>) -> *mut u8 {
    result.map_or(core::ptr::null_mut(), NonNull::as_ptr)
}

unsafe fn start_in<P: Peer>(arena: *mut u8, bytes: usize) -> *mut P {
    let skew = arena.align_offset(align_of::<P>());
    let control = arena.add(skew).cast::<P>();
    let used = skew + size_of::<P>();
    P::start(control, arena.add(used), bytes - used);
    control
}

unsafe fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align_unchecked(size, align)
}

/// Sixteen lists a first-level class; the crate lets its user choose how many of those there are, and
/// that decides the size of the control block: each arena gets what it needs and no more.
type Rlsf<const CLASSES: usize> = rlsf::Tlsf<'static, u32, u16, CLASSES, 16>;

impl<const CLASSES: usize> Peer for Rlsf<CLASSES> {
    unsafe fn start(at: *mut Self, memory: *mut u8, bytes: usize) {
        at.write(Self::new());
        let pool = NonNull::slice_from_raw_parts(NonNull::new_unchecked(memory), bytes);
        let _ = (*at).insert_free_block_ptr(pool);
    }
    #[inline(always)]
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        or_null(self.allocate(layout))
    }
    #[inline(always)]
    unsafe fn free(&mut self, pointer: NonNull<u8>, layout: Layout) {
        self.deallocate(pointer, layout.align());
    }
}

type LinkedList = linked_list_allocator::Heap;

impl Peer for LinkedList {
    unsafe fn start(at: *mut Self, memory: *mut u8, bytes: usize) {
        at.write(Self::empty());
        (*at).init(memory, bytes);
    }
    #[inline(always)]
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        or_null(self.allocate_first_fit(layout).ok())
    }
    #[inline(always)]
    unsafe fn free(&mut self, pointer: NonNull<u8>, layout: Layout) {
        self.deallocate(pointer, layout);
    }
}

type Talc = talc::base::Talc<talc::source::Manual, talc::DefaultBinning>;

impl Peer for Talc {
    unsafe fn start(at: *mut Self, memory: *mut u8, bytes: usize) {
        at.write(Self::new(talc::source::Manual));
        (*at).claim(memory, bytes);
    }
    #[inline(always)]
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        or_null(self.try_allocate(layout))
    }
    #[inline(always)]
    unsafe fn free(&mut self, pointer: NonNull<u8>, layout: Layout) {
        self.deallocate(pointer.as_ptr(), layout);
    }
}

type Buddy = buddy_system_allocator::Heap<25>;

impl Peer for Buddy {
    unsafe fn start(at: *mut Self, memory: *mut u8, bytes: usize) {
        at.write(Self::empty());
        (*at).init(memory as usize, bytes);
    }
    #[inline(always)]
    unsafe fn alloc(&mut self, layout: Layout) -> *mut u8 {
        or_null(Buddy::alloc(self, layout).ok())
    }
    #[inline(always)]
    unsafe fn free(&mut self, pointer: NonNull<u8>, layout: Layout) {
        self.dealloc(pointer, layout);
    }
}

macro_rules! export {
    ($peer:ty, $start:ident, $alloc:ident, $free:ident) => {
        #[no_mangle]
        pub unsafe extern "C" fn $start(arena: *mut u8, bytes: usize) -> *mut $peer {
            start_in::<$peer>(arena, bytes)
        }
        #[no_mangle]
        pub unsafe extern "C" fn $alloc(peer: &mut $peer, size: usize, align: usize) -> *mut u8 {
            Peer::alloc(peer, layout(size, align))
        }
        #[no_mangle]
        pub unsafe extern "C" fn $free(
            peer: &mut $peer,
            at: NonNull<u8>,
            size: usize,
            align: usize,
        ) {
            Peer::free(peer, at, layout(size, align));
        }
    };
}

export!(Rlsf<13>, rlsf64k_start, rlsf64k_alloc, rlsf64k_free);
export!(Rlsf<15>, rlsf256k_start, rlsf256k_alloc, rlsf256k_free);
export!(Rlsf<17>, rlsf1m_start, rlsf1m_alloc, rlsf1m_free);
export!(
    LinkedList,
    linked_list_start,
    linked_list_alloc,
    linked_list_free
);
export!(Talc, talc_start, talc_alloc, talc_free);
export!(Buddy, buddy_start, buddy_alloc, buddy_free);
