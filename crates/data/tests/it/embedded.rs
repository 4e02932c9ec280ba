//! The data sets in the repository.

use gradflow_data::{Csv, Dataset, Idx, Target};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data");

#[test]
fn digits() {
    let images = Idx::open(format!("{DATA}/digits8x8/images-idx3-ubyte.gz")).unwrap();
    let labels = Idx::open(format!("{DATA}/digits8x8/labels-idx1-ubyte.gz")).unwrap();
    assert_eq!(images.as_slice().iter().max(), Some(&16));
    let digits = Dataset::<f32>::from_images(&images, &labels, 10, 16.0).unwrap();
    assert_eq!(digits.len(), 1797);
    assert_eq!(digits.shape().dims(), [1, 8, 8]);
    assert_eq!(
        digits.class_counts().unwrap(),
        [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    );

    let (train, test) = digits.split_stratified(0.8, 0).unwrap();
    assert_eq!((train.len(), test.len()), (1438, 359));
    for count in test.class_counts().unwrap() {
        assert!((35..=37).contains(&count));
    }
}

#[test]
fn iris() {
    let iris = Csv::classification("species")
        .open::<f64>(format!("{DATA}/iris/iris.csv"))
        .unwrap();
    assert_eq!(iris.len(), 150);
    assert_eq!(
        iris.class_names().unwrap(),
        ["setosa", "versicolor", "virginica"]
    );
    assert_eq!(iris.class_counts().unwrap(), [50, 50, 50]);
    assert_eq!(
        iris.sample(149),
        Some(([5.9, 3.0, 5.1, 1.8].as_slice(), Target::Class(2)))
    );
    // Fisher's own means of the sepal length.
    for (class, mean) in [5.006, 5.936, 6.588].into_iter().enumerate() {
        let sum: f64 = iris
            .inputs()
            .iter()
            .skip(50 * class)
            .take(50)
            .map(|x| x[0])
            .sum();
        assert!((sum / 50.0 - mean).abs() < 1e-12);
    }
}
