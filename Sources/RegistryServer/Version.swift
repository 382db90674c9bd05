/// This release.
let registrydVersion = "0.1.0"
