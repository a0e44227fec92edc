//! Tributary: joins the features.
