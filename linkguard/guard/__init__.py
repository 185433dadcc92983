"""What takes part in the user's link: templates that `linkguard flags` fills in."""
