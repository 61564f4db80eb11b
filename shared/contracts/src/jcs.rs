//! RFC 8785 JSON (JSON Canonicalization Scheme).
//!
//! By hand: the crate for it brings its own table of powers for numbers, 10 KB of the Worker's bundle that do not compress.
//! Tests compare with it (it sorts escaped names wrongly, so not there).

use serde::Serialize;
use serde_json::{Map, Number, Value};

/// The canonical form of a value. A number that is not finite becomes null, as everywhere in JSON.
///
/// # Errors
/// When the value is not JSON (a map with keys that are not text).
pub fn to_string<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut out = String::new();
    write(&serde_json::to_value(value)?, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), serde_json::Error> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => out.push_str(&serde_json::to_string(text)?),
        Value::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(value, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => write_object(fields, out)?,
    }
    Ok(())
}

fn write_object(fields: &Map<String, Value>, out: &mut String) -> Result<(), serde_json::Error> {
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    // Section 3.2.3: by UTF-16 code units. That is the order of bytes, which the map has, as long as all is ASCII.
    if !fields.iter().all(|(name, _)| name.is_ascii()) {
        fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    }
    out.push('{');
    for (index, (name, value)) in fields.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&serde_json::to_string(name)?);
        out.push(':');
        write(value, out)?;
    }
    out.push('}');
    Ok(())
}

/// Section 3.2.2.3: a number is written as ECMAScript writes it (`Number::toString`, radix 10).
fn write_number(number: &Number, out: &mut String) {
    let text = number.to_string();
    if number.is_i64() || number.is_u64() {
        return out.push_str(&text);
    }
    // The text is the shortest that reads back as the same number, and of two such the even one (Ryū), as the section wants;
    // only its form is another.
    let (text, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let length = |text: &str| i32::try_from(text.len()).unwrap_or_default();
    // The value is 0.digits times ten to the power of `point`.
    let point = exponent.parse::<i32>().unwrap_or_default() + length(whole) - (length(&all) - length(digits));
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return out.push('0');
    }
    out.push_str(sign);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or_default());
    match point {
        1..=21 if point >= count => {
            out.push_str(digits);
            out.push_str(&zeros(point - count));
        }
        1..=21 => {
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or_default());
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        }
        -5..=0 => {
            out.push_str("0.");
            out.push_str(&zeros(-point));
            out.push_str(digits);
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            out.push('e');
            if point > 0 {
                out.push('+');
            }
            out.push_str(&(point - 1).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn same(value: &Value) {
        assert_eq!(to_string(value).unwrap(), serde_jcs::to_string(value).unwrap(), "{value}");
    }

    /// The samples of RFC 8785, appendix B.
    #[test]
    fn numbers_of_the_rfc() {
        for (bits, text) in [
            (0x0000_0000_0000_0000_u64, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(to_string(&f64::from_bits(bits)).unwrap(), text, "{bits:016x}");
        }
    }

    #[test]
    fn names_sort_by_utf_16_units() {
        // Section 3.2.3: U+1F600 is a surrogate pair and sorts before U+FB33, although its bytes sort behind.
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let text = to_string(&value).unwrap();
        assert_eq!(text, "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}");
    }

    #[test]
    fn agrees_with_the_crate() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let float = f64::from_bits(state ^ (state >> 29));
            if float.is_finite() {
                same(&json!(float));
            }
        }
        same(&json!({"b": [1, -2, 1.5, 1e21, 1e-7, true, null, "\u{7f}\"\\\u{1}é"], "a": {"z": {}, "y": []}}));
        same(&json!([u64::MAX, i64::MIN, 9_007_199_254_740_993_u64]));
    }
}
