//! Typical mistakes of somebody who uses the library, each with the exact words that answer it: what was expected, what came,
//! where, and the way out. What the compiler answers stands in `types.rs`.

mod build;
mod data;
mod meaning;
mod train;
mod types;

use gradflow::Error;

/// A mistake that somebody makes, and what comes of it.
type Mistake = fn() -> Result<(), Error>;

/// Every mistake is answered by its words.
fn check(mistakes: &[(Mistake, &str)]) {
    let mut wrong = String::new();
    for (number, (mistake, words)) in mistakes.iter().enumerate() {
        let came = match mistake() {
            Ok(()) => "nothing is wrong".to_owned(),
            Err(error) => error.to_string(),
        };
        if came != *words {
            wrong += &format!("{number}: expected {words}\n{number}: came     {came}\n");
        }
        assert!(!came.contains('\n'), "more than a line: {came}");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
