//! RFC 8785 JSON (JSON Canonicalization Scheme), written while the value is serialised.
//!
//! By hand: the crate for it brings its own table of powers for numbers, 10 KB of the Worker's bundle that do not compress, and
//! takes five times as long on the hot path. Tests compare with it (it sorts escaped names wrongly, so not there).

mod number;
mod writer;

use serde::Serialize;

/// The canonical form of a value. A number that is not finite becomes null, as everywhere in JSON.
///
/// # Errors
/// When the value is not JSON (a map with keys that are not text).
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let mut out = String::with_capacity(1_024);
    value.serialize(writer::Writer::new(&mut out)).map_err(writer::Fault::into_inner)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

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
    fn every_shape_of_a_type_is_written_as_json_writes_it() {
        #[derive(serde::Serialize)]
        enum Shape {
            Unit,
            New(u8),
            Tuple(u8, char),
            Struct { b: Option<f32>, a: () },
        }
        #[derive(serde::Serialize)]
        struct Two {
            z: [Shape; 4],
            a: std::collections::HashMap<char, bool>,
        }
        let shapes = [Shape::Unit, Shape::New(1), Shape::Tuple(2, 'x'), Shape::Struct { b: Some(0.5), a: () }];
        let two = Two { z: shapes, a: [('y', true), ('x', false)].into() };
        let text = to_string(&two).unwrap();
        assert_eq!(text, serde_jcs::to_string(&serde_json::to_value(&two).unwrap()).unwrap());
        assert!(to_string(&std::collections::BTreeMap::from([(1, 2)])).is_err(), "names are text");
        assert_eq!(to_string(&[f64::NAN, -0.0]).unwrap(), "[null,0]");
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
