//! Tests of what lies across the parts.
