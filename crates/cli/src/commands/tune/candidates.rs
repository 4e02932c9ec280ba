//! Which values are tried.

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::overrides::{Setting, setting};

/// A field and what is tried for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub(crate) field: String,
    values: Values,
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    List(Vec<String>),
    /// From, to, and whether they are whole numbers.
    Range(f64, f64, bool),
}

/// Reads `field=a,b,c` or `field=low..high`.
pub(crate) fn axis(text: &str) -> Result<Axis, String> {
    let Setting { field, value } = setting(text)?;
    let values = match value.split_once("..") {
        Some((low, high)) => range(low, high)?,
        None => Values::List(list(&value)?),
    };
    Ok(Axis { field, values })
}

fn range(low: &str, high: &str) -> Result<Values, String> {
    let whole = [low, high]
        .iter()
        .all(|text| text.trim().parse::<u64>().is_ok());
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match (number(low), number(high)) {
        (Some(low), Some(high)) if low > 0.0 && low < high && high.is_finite() => {
            Ok(Values::Range(low, high, whole))
        }
        _ => Err("a range is written `0.001..0.1`, from a number above 0 to a larger one".into()),
    }
}

/// The values of a list; commas in brackets and quotes belong to a value.
fn list(text: &str) -> Result<Vec<String>, String> {
    let (mut values, mut depth, mut quoted) = (vec![String::new()], 0_i32, false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(value) = values.last_mut() {
            value.push(c);
        }
    }
    let values: Vec<String> = values.iter().map(|value| value.trim().to_owned()).collect();
    match values.iter().any(String::is_empty) {
        true => Err("values are written `0.003,0.01,0.03`".into()),
        false => Ok(values),
    }
}

/// All combinations; the last field changes fastest.
pub(crate) fn grid(axes: &[Axis], most: usize) -> Result<Vec<Vec<Setting>>, String> {
    let mut all = vec![Vec::new()];
    for axis in axes {
        let Values::List(values) = &axis.values else {
            return Err(format!(
                "`{}` has a range: say how many combinations are to be drawn, --random COUNT",
                axis.field
            ));
        };
        if all.len().saturating_mul(values.len()) > most {
            return Err(format!(
                "there are more than {most} combinations: draw some of them, --random COUNT"
            ));
        }
        let longer = all.iter().flat_map(|settings: &Vec<Setting>| {
            values.iter().map(|value| {
                let mut settings = settings.clone();
                settings.push(axis.with(value.clone()));
                settings
            })
        });
        all = longer.collect();
    }
    Ok(all)
}

/// So many combinations, drawn at random; none of them twice.
pub(crate) fn random(axes: &[Axis], count: usize, seed: u64) -> Vec<Vec<Setting>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut all: Vec<Vec<Setting>> = Vec::new();
    // Of few combinations some come again and again.
    for _ in 0..count.saturating_mul(20) {
        if all.len() == count {
            break;
        }
        let one = axes.iter().map(|axis| axis.with(axis.draw(&mut rng)));
        let one: Vec<Setting> = one.collect();
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

impl Axis {
    fn with(&self, value: String) -> Setting {
        Setting {
            field: self.field.clone(),
            value,
        }
    }

    fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> String {
        match &self.values {
            Values::List(values) => {
                let place = rng.next_u64() % values.len().max(1) as u64;
                values[place as usize].clone()
            }
            Values::Range(low, high, whole) => {
                let share: f64 = rng.random();
                let value = low * (high / low).powf(share);
                match whole {
                    true => format!("{:.0}", value.round()),
                    // Three digits: nobody needs more of a rate.
                    false => format!("{value:.2e}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_are_read() {
        let axes = [
            axis("rate=0.1, 0.2").expect("a list"),
            axis("network=[A(x: (1, 2)), B],[C]").expect("a list"),
        ];
        let all = grid(&axes, 10).expect("a grid");
        assert_eq!(all.len(), 4);
        assert_eq!(all[1][1].value, "[C]");
        assert_eq!(all[2][0].value, "0.2");
        assert!(grid(&axes, 3).is_err());
        for wrong in [
            "rate",
            "rate=",
            "rate=1,,2",
            "rate=0..1",
            "rate=2..1",
            "rate=a..b",
        ] {
            assert!(axis(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_drawn_lies_in_the_range() {
        let axes = [
            axis("a=0.001..0.1").expect("a range"),
            axis("b=2..9").expect("a range"),
        ];
        assert!(grid(&axes, 10).is_err());
        let all = random(&axes, 50, 1);
        assert_eq!(all.len(), 50);
        assert_eq!(all, random(&axes, 50, 1));
        for one in &all {
            let a: f64 = one[0].value.parse().expect("a number");
            let b: u64 = one[1].value.parse().expect("a whole number");
            assert!((0.00099..=0.101).contains(&a) && (2..=9).contains(&b));
        }
        assert_eq!(random(&axes[1..], 100, 1).len(), 8);
    }
}
