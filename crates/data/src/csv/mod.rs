//! CSV files as data sets.

mod column;
#[cfg(feature = "rows")]
mod convert;
mod dialect;
mod error;
mod inputs;
mod labels;
mod learnt;
#[cfg(feature = "parquet")]
mod parquet;
mod raw_rows;
mod read;
mod rows;
mod sniff;
mod spot;
mod summary;
mod table;
mod text;
mod words;

pub use self::column::{Column, Columns, Place, RowAt};
pub use self::dialect::{Delimiter, Dialect};
pub use self::error::CsvError;
use self::labels::Meaning;
pub use self::raw_rows::RowReader;
pub use self::sniff::{
    Sniffed, SniffedColumn, SniffedKind, Task, sniff, sniff_dialect, sniff_stream,
};
pub use self::spot::Spot;
use crate::Missing;

/// A reader of CSV files: a row is a sample, one column its label or some columns its targets, all
/// others its inputs, but those that are [left out](Csv::without).
///
/// The first row is a header, unless [`without_header`](Csv::without_header) is said; a header that looks like a sample is
/// refused until [`with_header`](Csv::with_header) insists on it. A first line as scikit-learn writes it (`150,4,setosa,versicolor,virginica`:
/// samples, inputs, classes) is recognised. Inputs are finite numbers, or `true`, `yes`, `false`, `no`; [`category`](Csv::category) and
/// [`missing`](Csv::missing) allow others. Fields are separated by commas
/// or what [`delimiter`](Csv::delimiter) says; blanks around them and blank lines are skipped.
///
/// With the feature `parquet` it reads Parquet tables too, which are told by their first bytes. What is said of columns is meant alike there; names come from the
/// table, nulls are missing, and the [`Dialect`] does not matter. Columns may be packed by Snappy or gzip.
///
/// Labels are
/// 1. where [`classes`](Csv::classes) announces names: those names, numbered in the order given there;
/// 2. else, if all of them are whole numbers (`1` or `1.0`): the classes themselves, counted from 0, up to the largest that
///    occurs;
/// 3. else, if none is a number, or where [`labels_as_names`](Csv::labels_as_names) is said: names, which are numbered in
///    alphabetical order, whatever the order of the rows.
///
/// Numbers beside names are an error, and so are marks for what is missing (an empty field, `?`, `NA`, `N/A`, `NaN`,
/// `null`), unless they are announced, or rows with gaps are [dropped](Missing::Drop). Files that hold different selections of the classes agree on the numbers of names
/// only if they are announced; [`Dataset::check_compatible`](crate::Dataset::check_compatible) compares.
///
/// ```
/// use gradflow_data::Csv;
///
/// let file = "length,width,species\n5.1,3.5,setosa\n6.7,3.1,versicolor\n4.9,3.0,setosa\n";
/// let data = Csv::classification("species").read::<f64>(file.as_bytes())?;
/// assert_eq!(data.inputs().sample(1), Some([6.7, 3.1].as_slice()));
/// assert_eq!(data.labels(), Some([0, 1, 0].as_slice()));
/// assert_eq!(data.class_names().unwrap(), ["setosa", "versicolor"]);
///
/// let file = "length,width\n5.1,3.5\n6.7,3.1\n";
/// let data = Csv::regression(["width"]).read::<f64>(file.as_bytes())?;
/// assert_eq!(data.targets().values().unwrap().data(), [3.5, 3.1]);
///
/// let error = Csv::regression(["width"]).read::<f64>("length,width\nlong,3.5\n".as_bytes());
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     "line 2, column `length`: `long` is not a number: correct it; or, if its column holds names, say so by `category` (in an \
///      experiment `categories`), or leave the column out by `without`"
/// );
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    target: Target,
    left_out: Vec<Column>,
    /// The only inputs, if there are any.
    chosen: Vec<Column>,
    categories: Vec<Column>,
    numbers: Vec<Column>,
    text_as_categories: bool,
    unseen: bool,
    missing: Missing,
    dialect: Dialect,
    limit: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Label(Column, Meaning),
    Values(Vec<Column>),
}

impl Csv {
    /// Samples with class labels in one column, such as `"species"` or `4` (counted from 0) or `"last"`.
    pub fn classification(label: impl Into<Column>) -> Self {
        Self::new(Target::Label(label.into(), Meaning::Found { least: 0 }))
    }

    /// Samples with target values in one or several columns, in the order given here.
    pub fn regression(targets: impl IntoIterator<Item = impl Into<Column>>) -> Self {
        let targets = targets.into_iter().map(Into::into).collect();
        Self::new(Target::Values(targets))
    }

    fn new(target: Target) -> Self {
        Self {
            target,
            left_out: Vec::new(),
            chosen: Vec::new(),
            categories: Vec::new(),
            numbers: Vec::new(),
            text_as_categories: false,
            unseen: false,
            missing: Missing::Refuse,
            dialect: Dialect::default(),
            limit: None,
        }
    }

    /// Leaves a column out, such as `"id"` or `0` (counted from 0): it is no input, whatever stands in it.
    ///
    /// ```
    /// use gradflow_data::Csv;
    ///
    /// let file = "id,length,species\na-17,5.1,setosa\na-18,6.7,versicolor\n";
    /// let data = Csv::classification("species").without("id").read::<f64>(file.as_bytes())?;
    /// assert_eq!(data.inputs().data(), [5.1, 6.7]);
    ///
    /// let error = Csv::classification("species").without("ID").read::<f64>(file.as_bytes()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "no column `ID`: did you mean `id`? The columns are `id`, `length`, `species`"
    /// );
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    pub fn without(mut self, column: impl Into<Column>) -> Self {
        self.left_out.push(column.into());
        self
    }

    /// Makes a column an input, and leaves out all that are not chosen like this.
    pub fn only(mut self, column: impl Into<Column>) -> Self {
        self.chosen.push(column.into());
        self
    }

    /// A column has names, even if they look like numbers: it becomes one input for each of its values, called `column=value`, which is 1
    /// where the value is that one, else 0.
    ///
    /// ```
    /// use gradflow_data::Csv;
    ///
    /// let file = "floor,lift,price\n3,yes,9\n1,no,5\n3,yes,8\n";
    /// let data = Csv::regression(["price"]).category("floor").read::<f64>(file.as_bytes())?;
    /// assert_eq!(data.schema().feature_names()?.unwrap(), ["floor=1", "floor=3", "lift"]);
    /// assert_eq!(data.inputs().data(), [0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    pub fn category(mut self, column: impl Into<Column>) -> Self {
        self.categories.push(column.into());
        self
    }

    /// A column has numbers, even where [`text_as_categories`](Self::text_as_categories) is said and its first value is none.
    pub fn number(mut self, column: impl Into<Column>) -> Self {
        self.numbers.push(column.into());
        self
    }

    /// Every column of inputs whose first value is a text is a [`category`](Self::category); without this, text is an error.
    ///
    /// `true`, `yes`, `false` and `no` alone are 1 and 0, and dates are refused.
    pub fn text_as_categories(mut self) -> Self {
        self.text_as_categories = true;
        self
    }

    /// Rows that are predicted later may have categories that this file does not have: all inputs made of such a column are then 0. Without
    /// this, they are an error that names the values that are known.
    pub fn unseen(mut self) -> Self {
        self.unseen = true;
        self
    }

    /// What is done about values that are missing; by default, they are refused.
    ///
    /// ```
    /// use gradflow_data::{Csv, Missing};
    ///
    /// let file = "length,width,kind\n1,2,a\n?,4,b\n3,NA,b\n".as_bytes();
    /// let csv = Csv::classification("kind");
    /// assert_eq!(csv.clone().missing(Missing::Drop).read::<f64>(file)?.len(), 1);
    /// let filled = csv.clone().missing(Missing::Mean).read::<f64>(file)?;
    /// assert_eq!(filled.inputs().data(), [1.0, 2.0, 2.0, 4.0, 3.0, 3.0]);
    /// let error = csv.read::<f64>(file).unwrap_err().to_string();
    /// assert!(error.contains("(gaps: 1 of 3 rows in column `length`, 1 of 3 rows in column `width`)"));
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// The first row is a sample; columns have numbers only.
    pub fn without_header(mut self) -> Self {
        self.dialect.header = Some(false);
        self
    }

    /// The first row is a header, even if it consists of numbers.
    pub fn with_header(mut self) -> Self {
        self.dialect.header = Some(true);
        self
    }

    /// What separates the fields, such as `b';'`, `b'\t'` or [`Delimiter::Blanks`].
    pub fn delimiter(mut self, delimiter: impl Into<Delimiter>) -> Self {
        self.dialect.delimiter = delimiter.into();
        self
    }

    /// The decimal sign is a comma.
    pub fn decimal_comma(mut self) -> Self {
        self.dialect.decimal_comma = true;
        self
    }

    /// How the table is written down, all at once.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The names of the classes, in the order of their numbers. A regression has none and ignores them.
    pub fn classes(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        if let Target::Label(_, meaning) = &mut self.target {
            let names = names.into_iter().map(Into::into).collect();
            let numbers = false;
            *meaning = Meaning::Announced { names, numbers };
        }
        self
    }

    /// Labels may also be the numbers of the [classes](Self::classes) that are announced before, counted from 0, if none of them is a name.
    ///
    /// ```
    /// use gradflow_data::Csv;
    ///
    /// let csv = Csv::classification("kind").classes(["rose", "lily"]).classes_by_number();
    /// let data = csv.read::<f64>("x,kind\n1,1\n2,0\n".as_bytes())?;
    /// assert_eq!(data.labels(), Some([1, 0].as_slice()));
    /// assert!(csv.read::<f64>("x,kind\n1,1\n2,rose\n".as_bytes()).is_err());
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    pub fn classes_by_number(mut self) -> Self {
        if let Target::Label(_, Meaning::Announced { numbers, .. }) = &mut self.target {
            *numbers = true;
        }
        self
    }

    /// Labels are names, even if they look like numbers: `-1` and `1`, or years. A regression has none and ignores this.
    pub fn labels_as_names(mut self) -> Self {
        if let Target::Label(_, meaning) = &mut self.target {
            *meaning = Meaning::Names;
        }
        self
    }

    /// The most bytes that a file may have or unpack to, instead of [`MAX_BYTES`](crate::MAX_BYTES) and
    /// [`MAX_UNPACKED`](crate::MAX_UNPACKED).
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = Some(bytes);
        self
    }
}
