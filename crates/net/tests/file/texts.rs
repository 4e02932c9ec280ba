//! Experiments and checkpoints that would take much memory.

use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, Experiment, Model, Network, Protocol, Run};
use gradflow_testing::Folder;

use crate::counting::peak;

/// Layers, lists and numbers without end in texts that people write, and in those of runs.
#[test]
fn texts_take_little_memory() {
    let within = |text: &str, peak: usize| {
        let most = 16 * text.len() + (32 << 20);
        assert!(
            peak <= most,
            "{peak} bytes held for a text of {}",
            text.len()
        );
    };
    for layer in [
        "GlobalMaxPool,",
        "Chain([]),",
        "// one\nChain([]),",
        "Dense(outputs:1,activation:Relu),",
    ] {
        for n in [4000, 1_000_000] {
            let text = format!(
                "(data:Csv(file:\"a\",label:\"b\"),network:[{}],cost:(output:Identity,loss:SquaredError),\
                protocol:(descent:(rule:Adam(rate:0.1))))",
                layer.repeat(n)
            );
            let (read, held) = peak(|| Experiment::parse(&text).map(|_| ()));
            within(&text, held);
            match read {
                Ok(()) => assert_eq!(n, 4000),
                Err(error) => {
                    let words = error.to_string();
                    let (place, words) = words.split_once(": ").expect("a place");
                    assert!(place.starts_with("line "), "{place}");
                    assert!(words.starts_with("the text has more layers"), "{words}");
                }
            }
        }
    }
    let data = Dataset::regression(1, vec![0.0_f32, 1.0], 1, vec![0.0, 2.0]).expect("data");
    let network = Network::builder(1).dense(1, Activation::Identity).build();
    let mut model = Model::new(network.expect("fits"), Cost::regression(), 1).expect("suits");
    let folder = Folder::new("long-checkpoint");
    let path = folder.join("run.ron");
    let protocol = Protocol::new(Adam::new(0.1)).epochs(2);
    let run = Run::new(protocol.clone(), &mut model, &data).expect("a run");
    run.checkpoint(&path, 1)
        .expect("a run")
        .finish()
        .expect("an end");
    let saved = std::fs::read_to_string(&path).expect("a checkpoint");
    for (list, element) in [
        ("theta:[", "0,"),
        ("theta:[", "[],"),
        ("first:[", "0,"),
        ("epochs:[", "(),"),
    ] {
        assert!(saved.contains(list), "{saved}");
        let text = saved.replacen(list, &format!("{list}{}", element.repeat(2_000_000)), 1);
        std::fs::write(&path, &text).expect("written");
        let mut run = Run::new(protocol.clone(), &mut model, &data).expect("a run");
        let (read, held) = peak(|| run.resume_from(&path).map_err(|error| error.to_string()));
        within(&text, held);
        read.expect_err("refused");
    }
}
