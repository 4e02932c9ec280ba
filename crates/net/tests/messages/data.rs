//! Mistakes in files and data sets.

use gradflow::data::{Csv, Idx, Scaling, cifar10, mnist};
use gradflow::{Dataset, Error};

use crate::{Mistake, check};

fn table(text: &str) -> Result<(), Error> {
    Csv::classification("species").read::<f32>(text.as_bytes())?;
    Ok(())
}

fn four() -> Result<Dataset<f32>, Error> {
    Ok(Dataset::classification(1, vec![0.0; 4], [0, 1, 0, 1], 2)?)
}

const FILES: [(Mistake, &str); 15] = [
    (
        || table(""),
        "no samples: the file has no row: is it the right one?",
    ),
    (
        || table("length,kind\n1.5,a\n"),
        "no column `species`; the columns are `length`, `kind`",
    ),
    (
        || table("length,species\nlong,a\n"),
        "line 2, column `length`: `long` is not a number: correct it; or, if its column holds names, say so by \
         `category` (in an experiment `categories`), or leave the column out by `without`",
    ),
    (
        || table("length,species\n1.5,a\n1.5\n"),
        "line 3: 1 field, but the first row has 2; a field that is empty still has its delimiter",
    ),
    (
        || table("length,species\nNA,a\n"),
        "line 2, column `length`: `NA` marks a missing value (gaps: 1 of 1 row in column `length`); say what becomes of them: `missing: Drop` in an experiment, `Csv::missing(Missing::Drop)` in Rust, leaves \
             such rows out; `Mean` or `Median` fills in numbers (a missing category becomes 0 in each of its columns); \
             `Flag` also adds a column that is 1 where a value is missing; or leave the column out by `without`",
    ),
    (
        || table("length,species\n1.5,a\n1.6,2\n"),
        "line 2, column `species`: the label `a` is not a class counted from 0, but others are; say \
             `labels_as_names()` if labels are names",
    ),
    (
        || table("length;species\n1.5;a\n"),
        "no column `species`; the columns are `length;species`: are fields separated by ';'? Say \
             `delimiter(b';')`",
    ),
    (
        || table("length,Species\n1.5,a\n"),
        "no column `species`: did you mean `Species`? The columns are `length`, `Species`",
    ),
    (
        || table("length,species\n1.5,\"a\n1.6,b\n"),
        "line 2, column `species`: a quote opens here and is never closed: close it, or take it out",
    ),
    (
        || table("length,species\n\"1,5\",a\n"),
        "line 2, column `length`: `1,5` is not a number; the decimal sign is a point, unless `decimal_comma()` \
             is said",
    ),
    (
        || table("1.5,0\n1.6,1\n"),
        "line 1: 2 of the 2 names in the header are numbers: say `without_header()` if it is a sample \
             (columns are then numbered from 0), `with_header()` if it is a header",
    ),
    (
        || {
            let csv = Csv::classification("species").without("name");
            csv.read::<f32>("id,length,species\n7,1.5,a\n".as_bytes())?;
            Ok(())
        },
        "no column `name`; the columns are `id`, `length`, `species`",
    ),
    (
        || {
            let csv = Csv::classification("species").without("species");
            csv.read::<f32>("id,length,species\n7,1.5,a\n".as_bytes())?;
            Ok(())
        },
        "column `species` is both a target and left out by `without`: remove one of the two",
    ),
    (
        || {
            mnist::<f32>("nowhere")?;
            Ok(())
        },
        "there is no directory `nowhere`; a relative path begins where the program is started",
    ),
    (
        || {
            cifar10::<f32>("src")?;
            Ok(())
        },
        "the directory `src` has no file `data_batch_1.bin`, plain or with `.gz` behind it: hand over the directory \
         `cifar-10-batches-bin` of the binary version (the version for Python, without `.bin`, is not read)",
    ),
];

#[test]
fn files() {
    check(&FILES);
}

const DATA_SETS: [(Mistake, &str); 12] = [
    (
        || {
            Dataset::<f32>::classification(1, vec![0.0; 2], [1, 2], 2)?;
            Ok(())
        },
        "sample 1: label 2 is not one of the 2 classes, counted from 0: if labels count from 1, subtract \
             1",
    ),
    (
        || {
            Dataset::<f32>::classification(3, vec![0.0; 4], [0], 2)?;
            Ok(())
        },
        "4 input values are not a whole number of samples of 3 values each: the shape to give is that of one sample",
    ),
    (
        || {
            Dataset::<f32>::regression(1, vec![0.0, f32::NAN], 1, vec![0.0; 2])?;
            Ok(())
        },
        "sample 1: component 0 of the input is not finite: leave the sample out, or fill in a number",
    ),
    (
        || {
            Dataset::<f32>::regression(1, vec![0.0; 3], 1, vec![0.0; 2])?;
            Ok(())
        },
        "3 samples, but 2 targets: each sample needs one",
    ),
    (
        || {
            four()?.split(1.5, 1)?;
            Ok(())
        },
        "a fraction of 1.5 is not between 0 and 1: 0.8 puts four samples of five into the first part",
    ),
    (
        || {
            four()?.split(0.01, 1)?;
            Ok(())
        },
        "a fraction of 0.01 puts 0 of 4 samples into the first part, which needs 1 to 3: choose a larger one",
    ),
    (
        || {
            drop(four()?.k_folds(5, 1)?);
            Ok(())
        },
        "4 samples cannot be divided into 5 folds: choose 2 to 4",
    ),
    (
        || {
            four()?.with_class_names(["cat"])?;
            Ok(())
        },
        "1 class name for 2 classes: each class needs one",
    ),
    (
        || {
            four()?.with_shape([2, 2])?;
            Ok(())
        },
        "inputs of 1 value cannot have the shape 1x2x2, which has 4",
    ),
    (
        || {
            Idx::read("5.1,3.5\n".as_bytes())?;
            Ok(())
        },
        "not an IDX file: the first two bytes are 0x35 and 0x2e, not zero: it seems to be a text; tables are \
             read by `Csv`",
    ),
    (
        || Ok(four()?.scale_inputs(&Scaling::new(vec![0.0; 2], vec![1.0; 2])?)?),
        "the scaling is for 2 values a sample, but these samples have 1: check that these are the columns it was made for; if it was not made \
             for this data, make one from the training samples, such as by `Scaling::standardise`",
    ),
    (
        || Ok(four()?.scale_targets(&Scaling::new(vec![0.0], vec![1.0])?)?),
        "the targets are classes, which are not scaled: scale the inputs, `scale_inputs`",
    ),
];

#[test]
fn data_sets() {
    check(&DATA_SETS);
}
