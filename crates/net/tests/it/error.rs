//! One error for a program: every crate's errors come by `?`, and no cause is lost on the way.

use std::io;

use gradflow::data::{Csv, DataError, Scaling};
use gradflow::layers::{LayerError, LayerFault};
use gradflow::optim::{Adam, Closure, Stop, minimise};
use gradflow::tensor::{ShapeError, Tensor};
use gradflow::{
    Activation, Batch, Cost, Dataset, Error, Model, Network, Protocol, Shape, TrainingError,
};

/// The causes of an error, itself first.
fn chain(error: &Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let first: &(dyn std::error::Error + 'static) = error;
    core::iter::successors(Some(first), |&error| error.source()).collect()
}

#[test]
fn every_crate_s_error_comes_by_question_mark() {
    fn data() -> Result<(), Error> {
        Csv::regression(["y"]).read::<f32>("x,y\n1,one\n".as_bytes())?;
        Ok(())
    }
    fn scaling() -> Result<(), Error> {
        Scaling::new(vec![0.0], vec![])?;
        Ok(())
    }
    fn shape() -> Result<(), Error> {
        Shape::new([1, 0])?;
        Ok(())
    }
    fn tensor() -> Result<(), Error> {
        Tensor::from_vec(Shape::new([2])?, vec![1])?;
        Ok(())
    }
    fn batch() -> Result<(), Error> {
        Batch::new(&[1.0, 2.0, 3.0], 2)?;
        Ok(())
    }
    fn network() -> Result<(), Error> {
        Network::<f32>::builder(0)
            .dense(1, Activation::Tanh)
            .build()?;
        Ok(())
    }
    fn model() -> Result<(), Error> {
        let network = Network::<f32>::builder(1)
            .dense(1, Activation::Tanh)
            .build()?;
        Model::new(network, Cost::classification(), 1)?;
        Ok(())
    }
    fn training() -> Result<(), Error> {
        let network = Network::builder(1).dense(1, Activation::Tanh).build()?;
        let mut model = Model::new(network, Cost::regression(), 1)?;
        let data = Dataset::<f32>::regression(Shape::vector(1)?, vec![0.0], 1, vec![0.0])?;
        Protocol::new(Adam::new(-1.0)).train(&mut model, &data)?;
        Ok(())
    }
    fn optim() -> Result<(), Error> {
        let mut nothing = Closure::new(0, |_: &[f64], _: &mut [f64]| 0.0);
        minimise(&mut nothing, &[], Adam::new(0.1), &Stop::gradient_norm(1.0))?;
        Ok(())
    }
    fn gradcheck() -> Result<(), Error> {
        gradflow::gradcheck::check(|q: &[f64]| q[0] * q[0], &[1.0], &[3.0])?;
        Ok(())
    }
    fn file() -> Result<(), Error> {
        std::fs::read("/no/such/file")?;
        Ok(())
    }
    assert!(matches!(data(), Err(Error::Data(DataError::Csv(_)))));
    assert!(matches!(scaling(), Err(Error::Data(DataError::Scaling(_)))));
    assert!(matches!(shape(), Err(Error::Shape(_))));
    assert!(matches!(tensor(), Err(Error::Tensor(_))));
    assert!(matches!(batch(), Err(Error::Batch(_))));
    assert!(matches!(network(), Err(Error::Network(_))));
    assert!(matches!(model(), Err(Error::Model(_))));
    assert!(matches!(training(), Err(Error::Training(_))));
    assert!(matches!(optim(), Err(Error::Optim(_))));
    assert!(matches!(gradcheck(), Err(Error::Gradient(_))));
    assert!(matches!(file(), Err(Error::Io(_))));
}

#[test]
fn the_chain_reaches_the_first_cause() {
    let open: Error = Csv::regression(["y"])
        .open::<f32>("/no/such/file.csv")
        .unwrap_err()
        .into();
    let causes = chain(&open);
    let io = causes.last().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(io.kind(), io::ErrorKind::NotFound);

    let empty: Error = Network::<f32>::builder([1, 0, 3])
        .build()
        .unwrap_err()
        .into();
    let causes = chain(&empty);
    assert!(causes.last().unwrap().is::<ShapeError>(), "{causes:?}");

    let dead = io::Error::new(io::ErrorKind::TimedOut, "the camera does not answer");
    let source: Error = TrainingError::Source(Box::new(dead)).into();
    assert!(chain(&source).last().unwrap().is::<io::Error>());
}

/// What is at the end of the causes of an error.
enum Last {
    Io(io::ErrorKind),
    /// An error of another library that says this.
    Says(&'static str),
}

fn folder() -> gradflow_testing::Folder {
    gradflow_testing::Folder::new("causes")
}

#[test]
fn causes_from_outside_are_kept() {
    use Last::{Io, Says};
    use gradflow::data::{DiskDataset, Npz, Pictures};

    let folder = folder();
    let path = folder.join("run.ron");
    std::fs::write(&path, "(checkpoint: 1,\n oh").unwrap();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice();
    let network = || {
        Network::<f32>::builder(1)
            .dense(1, Activation::Tanh)
            .build()
    };
    let resumed = |path: &std::path::Path| -> Result<(), Error> {
        let mut model = Model::new(network()?, Cost::regression(), 1)?;
        let data = Dataset::<f32>::regression(1, vec![0.0], 1, vec![0.0])?;
        let mut run = gradflow::Run::new(Protocol::new(Adam::new(0.1)), &mut model, &data)?;
        Ok(run.resume_from(path)?)
    };
    let csv = Csv::regression(["y"]);
    let nowhere = "/no/such/file";
    let missing = || Io(io::ErrorKind::NotFound);
    let experiment = gradflow::Experiment::parse(
        r#"(
            data: Csv(file: "/no/such/file.csv", label: "kind"),
            network: [Dense(outputs: 2, activation: Identity)],
            cost: (output: Softmax, loss: CrossEntropy),
            protocol: (descent: (rule: Adam(rate: 0.05))),
        )"#,
    )
    .unwrap();
    let cases: [(Result<(), Error>, Last); 12] = [
        (
            DiskDataset::<f32>::open_rows(nowhere)
                .map(drop)
                .map_err(|error| DataError::from(error).into()),
            missing(),
        ),
        (
            DiskDataset::<f32>::open_npy_labels(&path, &path, None, 1.0)
                .map(drop)
                .map_err(|error| DataError::from(error).into()),
            Says("not an array of NumPy"),
        ),
        (
            csv.read::<f32>(&[0x1f, 0x8b, 1, 2][..])
                .map(drop)
                .map_err(|error| DataError::from(error).into()),
            Io(io::ErrorKind::UnexpectedEof),
        ),
        (
            csv.read::<f32>(&b"PAR1\x15abcdefghijklPAR1"[..])
                .map(drop)
                .map_err(|error| DataError::from(error).into()),
            Says(""),
        ),
        (
            Pictures::new()
                .read::<f32>(png)
                .map(drop)
                .map_err(|error| DataError::from(error).into()),
            Says(""),
        ),
        (
            Npz::read(&b"PK\x03\x04 and no more"[..])
                .map(drop)
                .map_err(|error| DataError::from(error).into()),
            Says(""),
        ),
        (
            Model::<f32>::load(nowhere).map(drop).map_err(Error::from),
            missing(),
        ),
        (resumed(nowhere.as_ref()), missing()),
        (resumed(&path), Says("Unexpected field named `oh`")),
        (
            Model::<f32>::import_onnx(nowhere)
                .map(drop)
                .map_err(Error::from),
            missing(),
        ),
        (
            Model::<f32>::from_onnx(vec![0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f])
                .map(drop)
                .map_err(Error::from),
            Says("field"),
        ),
        (
            experiment.run::<f32>(1).map(drop).map_err(Error::from),
            missing(),
        ),
    ];
    for (result, last) in cases {
        let error = result.expect_err("refused");
        let causes = chain(&error);
        assert!(causes.len() > 1, "{error}: no cause");
        let cause = causes.last().unwrap();
        match last {
            Io(kind) => {
                let io = cause.downcast_ref::<io::Error>();
                assert_eq!(io.map(io::Error::kind), Some(kind), "{error}: {causes:?}");
            }
            Says(words) => assert!(cause.to_string().contains(words), "{error}: {cause}"),
        }
    }
}

#[test]
fn a_layer_of_a_user_refuses_in_its_own_words() {
    let network = Network::<f32>::builder([3, 4, 4])
        .layer(|shape| -> Result<gradflow::layers::Dense, LayerError> {
            let [depth, ..] = Shape::new(shape.dims())?.dims(); // `?` on a `ShapeError`
            Err(LayerError::refused(
                "shuffle",
                format!("{depth} channels are odd"),
            ))
        })
        .build();
    let error = Error::from(network.unwrap_err());
    assert_eq!(error.to_string(), "layer 0 (shuffle): 3 channels are odd");
    let Error::Network(gradflow::NetworkError::Layer(layer)) = &error else {
        panic!("{error}");
    };
    assert!(matches!(layer.fault, LayerFault::Refused { .. }));
}

#[test]
fn debug_is_what_main_prints() {
    let error = Error::from(Network::<f32>::builder(0).build().unwrap_err());
    assert_eq!(
        format!("{error:?}"),
        "input of the network: shape [0, 1, 1]: dimension 0 is zero, but each is at least 1"
    );

    #[derive(Debug, thiserror::Error)]
    #[error("the table cannot be had")]
    struct Table(#[source] io::Error);
    let error = Error::other(Table(io::Error::other("the line is dead")));
    assert_eq!(
        format!("{error:?}"),
        "the table cannot be had\n  because: the line is dead"
    );
}
