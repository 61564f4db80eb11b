//! Reading of protobuf's JSON form: names in camel case or as in the `.proto` file, defaults left out or written, `null` for absent,
//! 64-bit numbers as texts.

use crate::jose::JoseError;
use crate::jose::json::{Json, Object};
use std::collections::BTreeMap;

type Result<T> = core::result::Result<T, JoseError>;

/// An object that is read so.
#[derive(Clone, Copy)]
pub(super) struct Proto<'o, 'a>(pub &'o Object<'a>);

impl<'o, 'a> Proto<'o, 'a> {
    pub fn get(self, name: &str) -> Option<&'o Json<'a>> {
        let value = self.0.get(name).or_else(|| self.0.get(&snake(name)));
        value.filter(|value| !matches!(value, Json::Null))
    }

    pub fn text(self, name: &'static str) -> Result<&'o str> {
        match self.get(name) {
            None => Ok(""),
            Some(value) => value.as_text().ok_or(JoseError::Member(name)),
        }
    }

    pub fn tri_state(self, name: &'static str) -> Result<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    pub fn flag(self, name: &'static str) -> Result<bool> {
        Ok(self.tri_state(name)?.unwrap_or(false))
    }

    /// A whole number, 0 or more, however written.
    pub fn number(self, name: &'static str) -> Result<u64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self.get(name) {
            None => Ok(0),
            Some(Json::Unsigned(value)) => Ok(*value),
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
            Some(Json::Float(value)) if (0.0..EXACT).contains(value) && value.fract() == 0.0 => Ok(*value as u64),
            Some(Json::Text(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().map_err(|_| JoseError::Member(name))
            }
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    pub fn number_32(self, name: &'static str) -> Result<u32> {
        u32::try_from(self.number(name)?).map_err(|_| JoseError::Member(name))
    }

    pub fn object(self, name: &'static str) -> Result<Option<Proto<'o, 'a>>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Object(value)) => Ok(Some(Proto(value))),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    pub fn items(self, name: &'static str) -> Result<&'o [Json<'a>]> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Json::Array(values)) => Ok(values),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    pub fn objects(self, name: &'static str) -> Result<Vec<Proto<'o, 'a>>> {
        let object = |value: &'o Json<'a>| match value {
            Json::Object(object) => Ok(Proto(object)),
            _ => Err(JoseError::Member(name)),
        };
        self.items(name)?.iter().map(object).collect()
    }

    pub fn texts(self, name: &'static str) -> Result<Vec<String>> {
        let text = |value: &Json<'_>| value.as_text().map(str::to_owned).ok_or(JoseError::Member(name));
        self.items(name)?.iter().map(text).collect()
    }

    pub fn map(self, name: &'static str) -> Result<BTreeMap<String, String>> {
        let Some(object) = self.object(name)? else { return Ok(BTreeMap::new()) };
        let mut map = BTreeMap::new();
        // One by one: collecting would bring a sorting algorithm along.
        for (key, value) in &object.0.0 {
            map.insert(key.to_string(), value.as_text().ok_or(JoseError::Member(name))?.to_owned());
        }
        Ok(map)
    }
}

/// `emptyTimeout` as `empty_timeout`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}
