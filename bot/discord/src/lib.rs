//! The toolkit under the features: the REST gate, replies, errors to words, routes, limits.
