//! What a process has used, for benches.

/// Seconds of processor time that this process has used, in the kernel too.
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("the program's name is in brackets").1;
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().expect("ticks")).sum();
    // A tick is a hundredth of a second for every program on Linux, whatever the kernel's own clock does.
    ticks / 100.0
}

/// A line of `/proc/self/status` in megabytes.
pub fn megabytes(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name)).expect("the kernel tells");
    let kilobytes: f64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    kilobytes / 1024.0
}
