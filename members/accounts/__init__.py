"""Who a member is: addresses, sign-in by code, the staff second factor, roles."""
