//! How a driver comes about on this machine: toolchains, environments, builds. All of it goes to `target/clients`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::table::Client;

/// What a client is written in, and what its driver needs.
pub(crate) enum Toolchain {
    /// A virtual environment with these packages.
    Python {
        client: &'static str,
        packages: &'static [&'static str],
    },
    /// The command itself, behind the Python driver.
    Kcat,
    /// A package of the module in `go/`.
    Go {
        package: &'static str,
    },
    Java,
    Node,
    /// A binary of the workspace in `rust/`.
    Rust {
        binary: &'static str,
    },
}

/// Whether a driver can run.
pub(crate) enum Readiness {
    Ready(Command),
    /// Something that it needs is not on this machine; the text names it.
    Absent(String),
}

/// Where the drivers' sources are.
const SOURCES: &str = env!("CARGO_MANIFEST_DIR");
/// Where all that is built or installed goes.
const BUILT: &str = "target/clients";

impl Toolchain {
    /// Installs or builds what is missing. A quick run builds nothing that takes minutes.
    pub(crate) fn prepare(&self, client: &Client, quick: bool) -> Result<Readiness> {
        std::fs::create_dir_all(BUILT)?;
        let log = Path::new(BUILT).join(format!("{}.log", client.name));
        File::create(&log)?;
        let built = std::env::current_dir()?.join(BUILT);
        match self {
            Self::Python { client: kind, packages } => python(&built, client.name, kind, packages, &log),
            Self::Kcat => kcat(&built),
            Self::Go { package } => go(&built, client.name, package, &log),
            Self::Java => java(&built, quick, &log),
            Self::Node => node(&built, quick, &log),
            Self::Rust { binary } => rust(&built, binary, quick, &log),
        }
    }
}

fn source(path: &str) -> PathBuf {
    Path::new(SOURCES).join(path)
}

fn absent(what: &str) -> Result<Readiness> {
    Ok(Readiness::Absent(format!("{what} is not on this machine")))
}

fn not_built(name: &str) -> Result<Readiness> {
    Ok(Readiness::Absent(format!("not built yet; `cargo xtask clients {name}` builds it")))
}

fn present(program: &str, version: &str) -> bool {
    let status = Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs a step of a build; what it says goes to the log.
fn step(mut command: Command, log: &Path) -> Result<()> {
    let output = || File::options().append(true).open(log);
    let status = command.stdin(Stdio::null()).stdout(output()?).stderr(output()?).status();
    let status = status.with_context(|| format!("{command:?} cannot be started"))?;
    if !status.success() {
        bail!("{command:?}: {status}; see {}", log.display());
    }
    Ok(())
}

fn system_python() -> std::ffi::OsString {
    std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into())
}

fn python(built: &Path, name: &str, kind: &str, packages: &[&str], log: &Path) -> Result<Readiness> {
    let python = system_python();
    if !present(&python.to_string_lossy(), "--version") {
        return absent("python3");
    }
    let environment = built.join(name);
    let program = environment.join("bin/python");
    // Written last, so that an environment that was cut short is made again, and so is one of other packages.
    let complete = environment.join("complete");
    let wanted = packages.join(" ");
    if !std::fs::read_to_string(&complete).is_ok_and(|there| there == wanted) {
        let mut create = Command::new(python);
        create.args(["-m", "venv", "--clear"]).arg(&environment);
        step(create, log).context("python3 with its venv module is needed")?;
        let mut install = Command::new(&program);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]);
        install.args(packages).args(["lz4", "python-snappy", "zstandard"]);
        if step(install, log).is_err() {
            return Ok(Readiness::Absent(format!("no wheel of {wanted} for this Python")));
        }
        std::fs::write(complete, wanted)?;
    }
    let mut command = Command::new(program);
    command.arg(source("python/driver.py")).arg(kind);
    Ok(Readiness::Ready(command))
}

fn kcat(built: &Path) -> Result<Readiness> {
    if !present("kcat", "-V") {
        return absent("kcat");
    }
    let python = system_python();
    if !present(&python.to_string_lossy(), "--version") {
        return absent("python3, which kcat's driver is written in,");
    }
    let mut command = Command::new(python);
    command.arg(source("python/driver.py")).arg("kcat").current_dir(built);
    Ok(Readiness::Ready(command))
}

fn go(built: &Path, name: &str, package: &str, log: &Path) -> Result<Readiness> {
    if !present("go", "version") {
        return absent("go");
    }
    let program = built.join(format!("go-{name}"));
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(package).current_dir(source("go")).env("GOFLAGS", "-mod=readonly");
    step(build, log)?;
    Ok(Readiness::Ready(Command::new(program)))
}

fn java(built: &Path, quick: bool, log: &Path) -> Result<Readiness> {
    for (program, version) in [("java", "-version"), ("mvn", "--version")] {
        if !present(program, version) {
            return absent(program);
        }
    }
    let target = built.join("java");
    if quick && !target.join("dependency").exists() {
        return not_built("java");
    }
    let mut build = Command::new("mvn");
    build.args(["-q", "-B", "-f"]).arg(source("java/pom.xml"));
    build.arg(format!("-Dbuilt={}", target.display())).arg("compile");
    step(build, log)?;
    let mut command = Command::new("java");
    let classes = format!("{0}/classes:{0}/dependency/*", target.display());
    command.args(["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", &classes, "Driver"]);
    Ok(Readiness::Ready(command))
}

fn node(built: &Path, quick: bool, log: &Path) -> Result<Readiness> {
    for program in ["node", "npm"] {
        if !present(program, "--version") {
            return absent(program);
        }
    }
    let folder = built.join("node");
    if quick && !folder.join("node_modules").exists() {
        return not_built("kafkajs");
    }
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json", "driver.js"] {
        std::fs::copy(source("node").join(file), folder.join(file)).context(file)?;
    }
    if !folder.join("node_modules").exists() {
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
        step(install, log)?;
    }
    let mut command = Command::new("node");
    command.arg(folder.join("driver.js"));
    Ok(Readiness::Ready(command))
}

fn rust(built: &Path, binary: &str, quick: bool, log: &Path) -> Result<Readiness> {
    let target = built.join("rust");
    let program = target.join("debug").join(binary);
    if quick && !program.exists() {
        return not_built(binary);
    }
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build
        .args(["build", "--locked", "--quiet", "--bin", binary, "--features", binary, "--manifest-path"])
        .arg(source("rust/Cargo.toml"));
    build.arg("--target-dir").arg(&target);
    step(build, log)?;
    Ok(Readiness::Ready(Command::new(program)))
}
