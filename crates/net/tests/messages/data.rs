//! Mistakes in files and data sets.

use gradflow::data::{Csv, Scaling, cifar10, mnist};
use gradflow::{Dataset, Error};

use crate::{Mistake, check};

fn table(text: &str) -> Result<(), Error> {
    Csv::classification("species").read::<f32>(text.as_bytes())?;
    Ok(())
}

fn four() -> Result<Dataset<f32>, Error> {
    Ok(Dataset::classification(1, vec![0.0; 4], [0, 1, 0, 1], 2)?)
}

#[test]
fn files() {
    let mistakes: [(Mistake, &str); 8] = [
        (|| table(""), ""),
        (|| table("length,kind\n1.5,a\n"), ""),
        (|| table("length,species\nlong,a\n"), ""),
        (|| table("length,species\n1.5,a\n1.5\n"), ""),
        (|| table("length,species\nNA,a\n"), ""),
        (|| table("length,species\n1.5,a\n1.6,2\n"), ""),
        (
            || {
                mnist::<f32>("nowhere")?;
                Ok(())
            },
            "",
        ),
        (
            || {
                cifar10::<f32>("src")?;
                Ok(())
            },
            "",
        ),
    ];
    check(&mistakes);
}

#[test]
fn data_sets() {
    let mistakes: [(Mistake, &str); 8] = [
        (
            || {
                Dataset::<f32>::classification(1, vec![0.0; 2], [1, 2], 2)?;
                Ok(())
            },
            "",
        ),
        (
            || {
                Dataset::<f32>::classification(3, vec![0.0; 4], [0], 2)?;
                Ok(())
            },
            "",
        ),
        (
            || {
                Dataset::<f32>::regression(1, vec![0.0, f32::NAN], 1, vec![0.0; 2])?;
                Ok(())
            },
            "",
        ),
        (
            || {
                Dataset::<f32>::regression(1, vec![0.0; 3], 1, vec![0.0; 2])?;
                Ok(())
            },
            "",
        ),
        (
            || {
                four()?.split(1.5, 1)?;
                Ok(())
            },
            "",
        ),
        (
            || {
                four()?.split(0.01, 1)?;
                Ok(())
            },
            "",
        ),
        (
            || Ok(four()?.scale_inputs(&Scaling::new(vec![0.0; 2], vec![1.0; 2])?)?),
            "",
        ),
        (
            || Ok(four()?.scale_targets(&Scaling::new(vec![0.0], vec![1.0])?)?),
            "",
        ),
    ];
    check(&mistakes);
}
