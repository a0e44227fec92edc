//! Plain data in, a PNG and its alt text out.
