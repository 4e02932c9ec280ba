//! Files whose samples stay there: what is read, and what is said of those that are wrong.

use std::path::{Path, PathBuf};

use gradflow_data::{AnyDataset, Csv, DiskDataset, DiskError, Missing};
use gradflow_testing::{Folder, config};
use proptest::prelude::*;

/// A NumPy array as NumPy writes it.
fn npy(descr: &str, shape: &str, fortran: &str, numbers: &[u8]) -> Vec<u8> {
    let mut text =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}");
    while (10 + text.len() + 1) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((text.len() as u16).to_le_bytes());
    file.extend(text.bytes());
    file.extend(numbers);
    file
}

fn written(folder: &Folder, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

fn bytes<const N: usize>(numbers: impl IntoIterator<Item = [u8; N]>) -> Vec<u8> {
    numbers.into_iter().flatten().collect()
}

#[test]
fn arrays_of_any_type_are_read() {
    let folder = Folder::new("disk-npy");
    let labels = written(
        &folder,
        "y",
        &npy(
            "<i8",
            "(2,)",
            "False",
            &bytes([1_i64, 0].map(i64::to_le_bytes)),
        ),
    );
    let cases = [
        ("<f4", bytes([1_f32, 2.0, 3.0, 200.0].map(f32::to_le_bytes))),
        (">f4", bytes([1_f32, 2.0, 3.0, 200.0].map(f32::to_be_bytes))),
        ("<f8", bytes([1_f64, 2.0, 3.0, 200.0].map(f64::to_le_bytes))),
        ("|u1", vec![1, 2, 3, 200]),
        ("<u2", bytes([1_u16, 2, 3, 200].map(u16::to_le_bytes))),
        (">i4", bytes([1_i32, 2, 3, 200].map(i32::to_be_bytes))),
        ("<u8", bytes([1_u64, 2, 3, 200].map(u64::to_le_bytes))),
    ];
    for (descr, numbers) in cases {
        let inputs = written(&folder, "x", &npy(descr, "(2, 1, 2)", "False", &numbers));
        let data = DiskDataset::<f32>::open_npy_labels(&inputs, &labels, None, 1.0).expect(descr);
        assert_eq!(
            (data.len(), data.shape().dims(), data.classes()),
            (2, [1, 1, 2], Some(2))
        );
        let memory = data.select(&[1, 0]).expect(descr);
        assert_eq!(memory.inputs().data(), [3.0, 200.0, 1.0, 2.0], "{descr}");
        assert_eq!(memory.labels(), Some([0, 1].as_slice()));
    }
    let values = written(
        &folder,
        "v",
        &npy(
            "<f4",
            "(2, 1)",
            "False",
            &bytes([0.5_f32, 1.5].map(f32::to_le_bytes)),
        ),
    );
    let data = DiskDataset::<f64>::open_npy_values(folder.join("x"), values, 1.0).expect("files");
    let memory = data.first(9).expect("two samples");
    assert_eq!(
        memory.targets().values().expect("values").data(),
        [0.5, 1.5]
    );
}

/// Whole numbers beyond 2^53 too, which would be rounded twice by way of `f64`.
#[cfg(feature = "npy")]
#[test]
fn numbers_of_arrays_are_those_in_memory() {
    use gradflow_data::{Dataset, Npy};
    let folder = Folder::new("disk-npy-bits");
    let whole = [
        (1_u64 << 60) + (1 << 36) + 1,
        u64::MAX - (1 << 39),
        (1 << 53) + 1,
        3,
    ];
    let whole = bytes(whole.map(u64::to_le_bytes));
    let parts = bytes([0.1_f64, -3.7, 1e-9, 12.5].map(f64::to_le_bytes));
    for (descr, numbers) in [
        ("<u8", &whole),
        (">u8", &whole),
        ("<i8", &whole),
        ("<f8", &parts),
        ("|b1", &vec![0, 1, 2, 255]),
        ("|u1", &vec![0, 1, 2, 255]),
    ] {
        let file = npy(descr, "(2, 2)", "False", numbers);
        let x = written(&folder, "x", &file);
        let y = written(&folder, "y", &npy("|u1", "(2,)", "False", &[1, 0]));
        for maximum in [1.0, 255.0] {
            let [inputs, labels] = [&x, &y].map(|path| Npy::open(path).expect("an array"));
            let memory = Dataset::<f32>::from_labelled_arrays(&inputs, &labels, Some(3), maximum);
            let disk = DiskDataset::<f32>::open_npy_labels(&x, &y, Some(3), maximum);
            let disk = disk.expect("files").first(2).expect("two samples");
            assert_eq!(disk, memory.expect("samples"), "{descr}, {maximum}");
        }
    }
}

#[test]
fn arrays_that_are_none_are_refused() {
    let folder = Folder::new("disk-npy-wrong");
    let labels = written(&folder, "y", &npy("|u1", "(2,)", "False", &[1, 0]));
    let told = |file: &[u8]| {
        let inputs = written(&folder, "x", file);
        let error = DiskDataset::<f32>::open_npy_labels(inputs, &labels, None, 1.0);
        error.expect_err("refused").to_string()
    };
    let whole = npy("|u1", "(2, 2)", "False", &[1, 2, 3, 4]);
    for end in 0..whole.len() {
        assert!(!told(&whole[..end]).is_empty());
    }
    assert!(told(&npy("|u1", "(2, 2)", "True", &[1, 2, 3, 4])).contains("Fortran"));
    assert!(told(&npy("|u1", "(3, 2)", "False", &[1; 6])).contains("2 targets for 3 inputs"));
    assert!(told(&npy("|u1", "(2, 0)", "False", &[])).contains('0'));
    assert!(told(&npy("|u1", "(0, 2)", "False", &[])).contains("0"));
    let huge = "(18446744073709551615, 18446744073709551615)";
    assert!(told(&npy("<f8", huge, "False", &[])).contains("18446744073709551615"));
    let packed = told(b"\x1f\x8b\x08\x00aaaaaaaaaaaa");
    assert!(packed.contains("unpack it"), "{packed}");
    let folder_told = DiskDataset::<f32>::open_npy_labels(folder.join("."), &labels, None, 1.0);
    assert!(matches!(folder_told, Err(DiskError::NoFile { .. })));
    let nan = written(
        &folder,
        "x",
        &npy(
            "<f4",
            "(2, 1)",
            "False",
            &bytes([1.0, f32::NAN].map(f32::to_le_bytes)),
        ),
    );
    let data = DiskDataset::<f32>::open_npy_labels(nan, &labels, None, 1.0).expect("files");
    assert!(matches!(
        data.first(2),
        Err(DiskError::NonFinite { row: 1, .. })
    ));
}

fn rows(folder: &Folder) -> PathBuf {
    let path = folder.join("rows.gfd");
    let text = "a,b,kind\n1,red,x\n,blue,y\n3,red,x\n";
    let csv = Csv::classification("kind").text_as_categories();
    let csv = csv.missing(Missing::Mean);
    csv.convert::<f32>(text.as_bytes(), &path)
        .expect("converted");
    path
}

/// All that can be done with a file, wherever it goes wrong.
fn read(path: &Path) -> Result<gradflow_data::Dataset<f32>, DiskError> {
    DiskDataset::open_rows(path)?.encoded()?.first(10)
}

#[test]
fn rows_are_written_as_is_said() {
    let folder = Folder::new("disk-rows");
    let path = rows(&folder);
    let file = std::fs::read(&path).expect("a file");
    let word = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("eight bytes"));
    assert_eq!(file[..8], *b"\x89GFDATA\n");
    assert_eq!(
        (word(8), word(16), word(24), word(32)),
        (1 + (4 << 32), 3, 2, 1)
    );
    let number =
        |i: usize| f32::from_le_bytes(file[64 + 4 * i..][..4].try_into().expect("four bytes"));
    let numbers: Vec<f32> = (0..9).map(number).collect();
    assert_eq!(numbers[..3], [1.0, 1.0, 0.0]);
    assert!(numbers[3].is_nan());
    assert_eq!(numbers[4..], [0.0, 1.0, 3.0, 1.0, 0.0]);
    assert_eq!(64 + 36 + word(40) as usize, file.len());
    let any = AnyDataset::from(DiskDataset::<f32>::open_rows(&path).expect("rows"));
    assert_eq!(
        (any.len(), any.classes(), any.shape().len()),
        (3, Some(2), 2)
    );
    let data = read(&path).expect("rows");
    let here = AnyDataset::from(data.clone());
    assert_eq!(
        (here.len(), here.classes(), here.shape().len()),
        (3, Some(2), 3)
    );
    assert_eq!(
        data.inputs().data(),
        [1.0, 0.0, 1.0, 2.0, 1.0, 0.0, 3.0, 0.0, 1.0]
    );
    let left: Vec<_> = std::fs::read_dir(folder.join("."))
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 1, "nothing is left beside the file");
}

/// Numbers of classes are known at the end, when rows that were written are changed, many at a time.
#[test]
fn long_tables_are_those_in_memory() {
    let folder = Folder::new("disk-long-rows");
    let row = |i: usize| format!("{i},{}\n", ["c", "b", "a"][i / 1000 % 3]);
    let text = "x,kind\n".to_owned() + &(0..70_000).map(row).collect::<String>();
    let csv = Csv::classification("kind");
    let path = folder.join("rows.gfd");
    csv.convert::<f32>(text.as_bytes(), &path).expect("rows");
    let long = DiskDataset::open_rows(&path).and_then(|data| data.first(70_000));
    let here = csv.read::<f32>(text.as_bytes()).expect("a table");
    assert!(long.expect("rows") == here);
}

#[test]
fn gaps_are_filled_as_in_memory() {
    let folder = Folder::new("disk-gaps");
    let text = "a,b,kind\n1,red,x\n,blue,y\n3,,x\n11,red,y\n";
    for missing in [Missing::Mean, Missing::Median, Missing::Flag] {
        let csv = Csv::classification("kind").text_as_categories();
        let csv = csv.missing(missing);
        let path = folder.join("rows.gfd");
        csv.convert::<f32>(text.as_bytes(), &path).expect("rows");
        let here = csv.read::<f32>(text.as_bytes()).expect("a table");
        assert_eq!(read(&path).expect("rows"), here, "{missing:?}");
    }
}

#[test]
fn a_table_that_is_wrong_leaves_no_file() {
    let folder = Folder::new("disk-no-rows");
    let csv = Csv::classification("kind");
    let error = csv.convert::<f32>("a,kind\n1,x\nb,y\n".as_bytes(), folder.join("rows.gfd"));
    assert!(error.expect_err("text").to_string().contains("line 3"));
    assert_eq!(
        std::fs::read_dir(folder.join("."))
            .expect("a folder")
            .count(),
        0
    );
}

#[test]
fn headers_that_do_not_fit_their_rows_are_refused() {
    let folder = Folder::new("disk-rows-done");
    let path = rows(&folder);
    let file = std::fs::read(&path).expect("a file");
    let (rows, header) = file.split_at(64 + 36);
    let header = core::str::from_utf8(header).expect("a text");
    for (of, other, words) in [
        (
            "inputs:2,",
            "inputs:2,steps:[Identity],",
            "something was done",
        ),
        (
            "(1,[",
            "(2,[",
            "names an input twice, or one that there is not",
        ),
        (
            "categories:[",
            "categories:[(1,[\"red\"]),",
            "names an input twice",
        ),
    ] {
        assert_eq!(header.matches(of).count(), 1, "{header}");
        let header = header.replace(of, other);
        let mut rows = rows.to_vec();
        rows[40..48].copy_from_slice(&(header.len() as u64).to_le_bytes());
        std::fs::write(&path, [&rows, header.as_bytes()].concat()).expect("written");
        let message = read(&path).expect_err(words).to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn any_change_of_the_first_bytes_or_the_header_is_an_error_or_harmless() {
    let folder = Folder::new("disk-rows-hostile");
    let path = rows(&folder);
    let whole = std::fs::read(&path).expect("a file");
    let changed = folder.join("changed.gfd");
    for end in 0..whole.len() {
        std::fs::write(&changed, &whole[..end]).expect("written");
        assert!(read(&changed).is_err(), "{end} bytes");
    }
    for at in (0..64).chain(100..whole.len()) {
        for flip in [1, 0x80, 0xff] {
            let mut file = whole.clone();
            file[at] ^= flip;
            std::fs::write(&changed, file).expect("written");
            let read = read(&changed);
            assert!(at >= 64 || read.is_err(), "byte {at}");
        }
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn parts_are_those_in_memory(n in 2_usize..60, share in 0.1..0.9_f64, seed: u64) {
        let folder = Folder::new("disk-parts");
        let inputs: Vec<u8> = (0..n).map(|i| i as u8).collect();
        let labels: Vec<u8> = (0..n).map(|i| (i * i % 5 % 3) as u8).collect();
        let x = written(&folder, "x", &npy("|u1", &format!("({n}, 1)"), "False", &inputs));
        let y = written(&folder, "y", &npy("|u1", &format!("({n},)"), "False", &labels));
        let disk = DiskDataset::<f64>::open_npy_labels(x, y, Some(3), 1.0).expect("files");
        let memory = disk.first(n).expect("all of them");
        let Ok((a, b)) = memory.split_stratified(share, seed) else {
            prop_assert!(disk.split_stratified(share, seed).is_err());
            return Ok(());
        };
        let (c, d) = disk.split_stratified(share, seed).expect("parts");
        prop_assert_eq!(&c.first(n).expect("a part"), &a);
        let labels = d.labels().expect("labels");
        prop_assert_eq!(labels.as_deref(), b.labels());
        prop_assert_eq!(d.first(n).expect("a part"), b);
        // A part of a part.
        if let Ok((a, b)) = a.split(0.5, seed ^ 1) {
            let (c, d) = c.split(0.5, seed ^ 1).expect("parts");
            prop_assert_eq!(c.first(n).expect("a part"), a);
            prop_assert_eq!(&d.first(n).expect("a part"), &b);
            prop_assert_eq!(d.standardised().expect("figures").first(n).expect("a part"), b.standardised().expect("figures"));
        }
    }
}
