//! Reading of query strings, strictly: an unknown, repeated or unreadable parameter is refused by name.

use attune_contracts::{FieldError, Problem, ProblemCode};

/// The parameters of a request, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

/// One faulty parameter.
pub fn refuse(name: &str, code: &str, detail: impl Into<String>) -> Problem {
    Problem::new(ProblemCode::InvalidParameter, "a parameter of the address is wrong")
        .with_errors(vec![FieldError::new(format!("?{name}"), code, detail)])
}

impl Query {
    /// Reads the part after `?`, allowing these names.
    ///
    /// # Errors
    /// `invalid_parameter`.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = decode(name).ok_or_else(|| refuse(name, "invalid", "not percent-encoded UTF-8"))?;
            if !known.contains(&name.as_str()) {
                return Err(refuse(&name, "unknown", format!("expected one of {known:?}")));
            }
            if pairs.iter().any(|(other, _)| *other == name) {
                return Err(refuse(&name, "invalid", "given more than once"));
            }
            let value = decode(value).ok_or_else(|| refuse(&name, "invalid", "not percent-encoded UTF-8"))?;
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter's value as `T`, or the problem that names it.
    ///
    /// # Errors
    /// `invalid_parameter`.
    pub fn read<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        self.get(name).map(|text| parse(text).map_err(|e| refuse(name, "invalid", e.to_string()))).transpose()
    }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        let query = Query::parse("a=1%2F2+3&b", &["a", "b"]).unwrap();
        assert_eq!((query.get("a"), query.get("b"), query.get("c")), (Some("1/2 3"), Some(""), None));
        assert_eq!(Query::parse("", &[]), Ok(Query::default()));
    }

    #[test]
    fn strange_queries_are_refused_by_name() {
        for (text, pointer) in [("x=1", "?x"), ("a=1&a=2", "?a"), ("a=%zz", "?a"), ("a=%ff", "?a"), ("a=%4", "?a")] {
            let problem = Query::parse(text, &["a"]).unwrap_err();
            assert_eq!(problem.errors[0].pointer, pointer, "{text}");
        }
        let query = Query::parse("n=x", &["n"]).unwrap();
        assert!(query.read("n", str::parse::<u32>).is_err());
        assert_eq!(query.read("m", str::parse::<u32>), Ok(None));
    }
}
