//! What crosses a border: HTTP bodies, queue messages, object commands, problems.
