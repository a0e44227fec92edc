//! Each member's private AWS.
