//! Parquet tables: the same data as their text, whatever wrote and packed them, and what is refused.

use gradflow_data::{Csv, CsvError, Dialect, Missing, RowReader, SniffedKind, sniff_stream};

const TEXT: &[u8] = include_bytes!("../golden/table.csv");
const SNAPPY: &[u8] = include_bytes!("../golden/snappy.parquet");
const GZIP: &[u8] = include_bytes!("../golden/gzip.parquet");
const NONE: &[u8] = include_bytes!("../golden/none.parquet");
const KINDS: &[u8] = include_bytes!("../golden/kinds.parquet");

fn csv() -> Csv {
    Csv::classification("kind")
        .text_as_categories()
        .missing(Missing::Flag)
}

/// pandas wrote both from one table: numbers, gaps, yes and no, texts with gaps.
#[test]
fn a_table_is_its_text() {
    let text = csv().without("narrow").read::<f64>(TEXT).unwrap();
    for table in [SNAPPY, GZIP, NONE] {
        let data = csv().without("narrow").read::<f64>(table).unwrap();
        assert_eq!(data, text);
        // `f32` as it is, not as its digits would be in `f64`.
        let narrow = Csv::classification("kind")
            .only("narrow")
            .read::<f64>(table)
            .unwrap();
        let numbers = [0.1_f32, 0.2, 0.3, 0.4, 0.5, 0.6].map(f64::from);
        assert_eq!(narrow.inputs().data(), numbers);
        let f32s = csv().without("size").read::<f32>(table).unwrap();
        assert_eq!(f32s, csv().without("size").read::<f32>(TEXT).unwrap());
    }
    let names = text.schema().feature_names().unwrap().unwrap();
    assert_eq!(
        names,
        [
            "size",
            "size?",
            "count",
            "lift",
            "lift?",
            "colour=blue",
            "colour=red",
            "colour?"
        ]
    );
}

#[test]
fn a_table_is_looked_at() {
    let sniffed = sniff_stream(|| SNAPPY).unwrap();
    let text = sniff_stream(|| TEXT).unwrap();
    assert_eq!((sniffed.rows, sniffed.label), (6, text.label));
    assert_eq!(
        (sniffed.columns[0].missing, sniffed.columns[3].missing),
        (1, 1)
    );
    assert_eq!(sniffed.columns[3].kind, SniffedKind::Boolean);
    assert_eq!(sniffed.columns, text.columns);
    assert_eq!(sniffed.csv().read::<f64>(SNAPPY).unwrap().len(), 6);
}

#[test]
fn raw_rows_are_found_by_name() {
    let train = csv().without("narrow").read::<f64>(TEXT).unwrap();
    let rows = |file: &'static [u8]| {
        let mut rows = RowReader::new(file, &Dialect::default(), train.schema()).unwrap();
        let numbers = rows.rows::<f64>(100).unwrap();
        // Gaps are NaN.
        numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(rows(SNAPPY), rows(TEXT));
}

#[test]
fn types_of_arrow_are_numbers_and_names() {
    let csv = Csv::regression(["y"])
        .text_as_categories()
        .missing(Missing::Mean);
    let data = csv.read::<f64>(KINDS).unwrap();
    let column =
        |number: usize| -> Vec<f64> { data.inputs().iter().map(|row| row[number]).collect() };
    assert_eq!(column(0), [-1.0, 2.0, 3.0]);
    assert_eq!(column(1), [1.0, 2.0, 65535.0]);
    assert_eq!(column(2), [1.0, 2.0, u64::MAX as f64]);
    assert_eq!(column(3), [0.5, 1.5, -2.0]);
    // The mean of 1.25 and -3.5.
    assert_eq!(column(4), [1.25, -1.125, -3.5]);
    assert_eq!(
        (column(5), column(6)),
        (vec![1.0, 0.0, 1.0], vec![0.0, 1.0, 0.0])
    );
    assert_eq!(data.targets().values().unwrap().data(), [0.5, 1.0, 1.5]);
}

#[test]
fn messages_name_row_and_column() {
    let message = |csv: Csv, file: &[u8]| csv.read::<f64>(file).unwrap_err().to_string();
    let numbers = Csv::classification("kind");
    assert_eq!(
        message(numbers.clone().without("size"), SNAPPY),
        "row 1, column `colour`: `red` is not a number: correct it; or, if its column holds names, say so by `category` (in an experiment `categories`), or leave the column out by `without`"
    );
    assert_eq!(
        message(numbers.clone().without("colour").without("lift"), SNAPPY),
        "row 2, column `size`: empty, but a value was expected (gaps: 1 of 6 rows in column `size`); say what becomes of them: `missing: Drop` in an experiment, `Csv::missing(Missing::Drop)` in Rust, leaves \
             such rows out; `Mean` or `Median` fills in numbers (a missing category becomes 0 in each of its columns); \
             `Flag` also adds a column that is 1 where a value is missing; or leave the column out by `without`"
    );
    assert_eq!(
        message(Csv::classification("kinds"), SNAPPY),
        "no column `kinds`: did you mean `kind`? The columns are `size`, `count`, `narrow`, `lift`, `colour`, `kind`"
    );
    for (file, day) in [
        (
            include_bytes!("../golden/day.parquet").as_slice(),
            "2024-01-31",
        ),
        (
            include_bytes!("../golden/ms.parquet"),
            "2024-01-31 12:00:00",
        ),
        (
            include_bytes!("../golden/ns.parquet"),
            "2024-01-31 12:00:00",
        ),
    ] {
        let message = message(Csv::regression(["y"]).text_as_categories(), file);
        assert!(
            message.starts_with(&format!("row 1, column `when`: `{day}")),
            "{message}"
        );
        assert!(message.contains("date"), "{message}");
    }
    assert_eq!(
        message(
            Csv::regression(["y"]),
            include_bytes!("../golden/lists.parquet")
        ),
        "column `lists` has lists or groups of values: make a column of each value, or leave it out when the table is written"
    );
    assert_eq!(
        message(csv(), include_bytes!("../golden/zstd.parquet")),
        "column `size` is packed by ZSTD(ZstdLevel(1)), which is not read: write the table with `compression=\"snappy\"`, `\"gzip\"` or none"
    );
}

#[test]
fn damage_and_promises_are_errors() {
    for end in (5..SNAPPY.len()).step_by(61) {
        let error = csv().read::<f64>(&SNAPPY[..end]).unwrap_err();
        assert!(matches!(error, CsvError::Parquet { .. }), "{end}: {error}");
    }
    let error = csv()
        .limit(SNAPPY.len() as u64 - 1)
        .read::<f64>(SNAPPY)
        .unwrap_err();
    assert!(error.to_string().contains("more than the limit"), "{error}");
}
