//! Numbers as ECMAScript writes them.

/// Section 3.2.2.3: a number is written as ECMAScript writes it (`Number::toString`, radix 10).
pub(super) fn write(value: f64, out: &mut String) {
    let Some(number) = serde_json::Number::from_f64(value) else { return out.push_str("null") };
    let text = number.to_string();
    // Without an exponent both write the same digits in the same places, but for the ".0" of a whole number.
    if !text.contains('e') {
        let text = text.strip_suffix(".0").unwrap_or(&text);
        return out.push_str(if text == "-0" { "0" } else { text });
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
