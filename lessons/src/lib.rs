//! Tracks, lessons, paths, pacing and the glossary: pure decisions over content.
