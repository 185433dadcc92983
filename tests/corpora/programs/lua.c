// A script runs: closures, strings, tables, errors, coroutines, a collection. NOMALLOC: a lua_Alloc
// over a static pool, and without the base library, which reads files.
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

#include <string.h>

#ifdef NOMALLOC
#include "pool.h"

static void *from_pool(void *user, void *block, size_t old, size_t new) {
  (void)user;
  if (new == 0)
    return NULL;
  if (block && new <= old)
    return block;
  void *moved = pool_take(new);
  if (moved && block)
    memcpy(moved, block, old);
  return moved;
}

static lua_State *new_state(void) { return lua_newstate(from_pool, NULL); }
#else
static lua_State *new_state(void) { return luaL_newstate(); }
#endif

static const luaL_Reg libraries[] = {
#ifndef NOMALLOC
    {LUA_GNAME, luaopen_base},
#endif
    {LUA_COLIBNAME, luaopen_coroutine}, {LUA_TABLIBNAME, luaopen_table},
    {LUA_STRLIBNAME, luaopen_string},   {LUA_MATHLIBNAME, luaopen_math},
    {LUA_UTF8LIBNAME, luaopen_utf8},
};

static const char script[] =
    "local t = {} for i = 1, 50 do t[i] = ('%d:%s'):format(i, ('x'):rep(i)) end\n"
    "table.sort(t, function(a, b) return #a > #b end)\n"
    "local s = table.concat(t, ','):gsub('x+', string.upper):sub(1, 200)\n"
    "local m = {} for w in s:gmatch('%d+') do m[w] = math.floor(w / 2) end\n"
    "local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end)\n"
    "local object = {} object.__index = object function object.get(o) return o.v end\n"
    "local packed = string.pack('<i4z', 7, 'seven')\n"
    "return co(1) + co(4) + #s + utf8.len('h\\u{e9}') + string.unpack('<i4', packed)\n";

static int raise_error(lua_State *L) { return luaL_error(L, "raised %d", 7); }

static int handle(lua_State *L) {
  luaL_traceback(L, L, lua_tostring(L, -1), 0);
  return 1;
}

static int run_protected(lua_State *L) {
  lua_pushcfunction(L, handle);
  lua_pushcfunction(L, raise_error);
  int caught = lua_pcall(L, 0, 0, -2) == LUA_ERRRUN && strstr(lua_tostring(L, -1), "raised 7");
  lua_settop(L, 0);
  return caught;
}

int main(void) {
  lua_State *L = new_state();
  if (!L)
    return 1;
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; ++i) {
    luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
    lua_pop(L, 1);
  }
  int good = luaL_loadbuffer(L, script, sizeof script - 1, "script") == LUA_OK &&
             lua_pcall(L, 0, 1, 0) == LUA_OK && lua_isinteger(L, -1);
  lua_settop(L, 0);
  good = good && run_protected(L) && luaL_loadstring(L, "x = = 1") == LUA_ERRSYNTAX;
  lua_newuserdatauv(L, 16, 1);
  lua_gc(L, LUA_GCCOLLECT);
  lua_close(L);
  return !good;
}
