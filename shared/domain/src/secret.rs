//! Values that must not be printed.

use std::fmt;

/// A credential or key. `Debug` and `Display` print `[secret]`; it has no `Serialize`, so it cannot slip into a log line.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret<T>(T);

/// Personal data. `Debug` and `Display` print `[pii]`; it has no `Serialize` of its own for the same reason.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Pii<T>(T);

macro_rules! redacted {
    ($name:ident, $text:literal) => {
        impl<T> $name<T> {
            /// Wraps a value.
            pub const fn new(value: T) -> Self {
                Self(value)
            }

            /// Hands out the value. Each call is a place to review.
            pub const fn expose(&self) -> &T {
                &self.0
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }
    };
}

redacted!(Secret, "[secret]");
redacted!(Pii, "[pii]");

/// `Debug` for structs that hold personal data or secrets: the name, and of the fields only those that are named here as harmless.
#[macro_export]
macro_rules! silent {
    ($($name:ident $({ $($field:ident),+ })?),* $(,)?) => {$(
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(stringify!($name))$($(.field(stringify!($field), &self.$field))+)?.finish_non_exhaustive()
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_display_prints_the_value() {
        let secret = Secret::new("hunter2".to_owned());
        let pii = Pii::new("+4712345678".to_owned());
        assert_eq!(format!("{secret:?} {secret} {pii:?} {pii}"), "[secret] [secret] [pii] [pii]");
        assert_eq!(secret.expose(), "hunter2");
    }
}
