#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    gradflow_fuzz::model(bytes);
});
