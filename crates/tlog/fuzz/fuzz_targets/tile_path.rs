#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    xingjian_tlog_fuzz::tile_path(bytes);
});
