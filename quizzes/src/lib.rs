//! Question types, banks, attempts and grading: pure decisions over content.
