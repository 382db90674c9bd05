// swift-tools-version: 6.2
import PackageDescription

// `make fuzz`. A package of its own, as everything in it is built for the fuzzer.
let package = Package(
    name: "Fuzzing",
    dependencies: [.package(name: "registryd", path: "..")],
    targets: [
        .executableTarget(
            name: "fuzz",
            dependencies: [.product(name: "FuzzTargets", package: "registryd")],
            // The fuzzer brings its own main.
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        )
    ]
)
