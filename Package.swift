// swift-tools-version: 6.2
import PackageDescription

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

let package = Package(
    name: "registryd",
    products: [
        .executable(name: "registryd", targets: ["registryd"]),
        // What the author of a storage driver builds on: the protocol, the server to put the driver into,
        // the driver for local files to keep beside it, the tests to pass.
        .library(name: "RegistryCore", targets: ["RegistryCore"]),
        .library(name: "RegistryServer", targets: ["RegistryServer"]),
        .library(name: "StorageFS", targets: ["StorageFS"]),
        .library(name: "StorageTestKit", targets: ["StorageTestKit"]),
        // For the package in Fuzzing/ alone.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),

        // Optimized in debug builds too, which would take twenty times as long for it.
        .target(name: "CSHA256", cSettings: [.unsafeFlags(["-O2"])]),
        .target(name: "RegistryCore", dependencies: ["CLinux", "COpenSSL", "CSHA256", nio("NIOCore"), logging]),
        .target(name: "StorageFS", dependencies: ["RegistryCore", nio("NIOCore"), logging]),
        .target(
            name: "StorageS3",
            dependencies: ["RegistryCore", "CCurl", "CLibXML2", "COpenSSL", nio("NIOCore"), logging]
        ),
        .target(
            name: "MetadataSQL",
            dependencies: [
                "RegistryCore", "CLinux", nio("NIOCore"), logging,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        .target(
            name: "Authentication",
            dependencies: ["RegistryCore", "CCrypt", "COpenSSL", logging]
        ),
        .target(
            name: "RegistryHTTP",
            dependencies: [
                "RegistryCore", "Authentication", "CLinux", "COpenSSL", nio("NIOCore"), nio("NIOPosix"),
                nio("NIOHTTP1"), nioSSL, logging,
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            ]
        ),
        .target(
            name: "RegistryServer",
            dependencies: [
                "RegistryCore", "Authentication", "CLinux", "RegistryHTTP", "StorageFS", "MetadataSQL", nio("NIOCore"),
                nio("NIOPosix"),
                logging, nioSSL,
                .product(name: "Yams", package: "Yams"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(name: "registryd", dependencies: ["RegistryServer", "StorageFS", "StorageS3"]),

        .target(name: "StorageTestKit", dependencies: ["RegistryCore", nio("NIOCore")]),
        // A third party's storage driver and the server it makes: everything in it is public API.
        .target(name: "MemoryDriver", dependencies: ["RegistryCore", nio("NIOCore")], path: "Examples/MemoryDriver"),
        .executableTarget(
            name: "registryd-memory",
            dependencies: ["MemoryDriver", "RegistryCore", "RegistryServer"],
            path: "Examples/registryd-memory"
        ),

        // What tests of several targets need.
        .target(name: "TestSupport", dependencies: ["RegistryCore", nio("NIOCore")], path: "Tests/TestSupport"),
        // S3 servers to test against.
        .target(name: "S3Servers", dependencies: ["TestSupport", "RegistryCore"], path: "Tests/S3Servers"),
        // What fuzzers feed; it sees the inside of the modules, as tests do.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "RegistryCore", "Authentication", "RegistryHTTP", "RegistryServer", "StorageFS", "StorageS3",
                nio("NIOCore"),
            ],
            path: "Tests/FuzzTargets"
        ),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"]),
        .testTarget(
            name: "RegistryCoreTests",
            // The registry is tried on a real database and a storage.
            dependencies: [
                "RegistryCore", "MetadataSQL", "StorageFS", "MemoryDriver", "TestSupport", nio("NIOCore"), logging,
            ]
        ),
        .testTarget(
            name: "StorageFSTests",
            dependencies: ["StorageFS", "RegistryCore", "StorageTestKit", nio("NIOCore"), logging]
        ),
        .testTarget(
            name: "StorageS3Tests",
            dependencies: [
                "StorageS3", "RegistryCore", "MetadataSQL", "StorageTestKit", "S3Servers", "TestSupport", "CCurl",
                nio("NIOCore"), logging,
            ],
            exclude: ["Signer/signatures.py"]
        ),
        .testTarget(
            name: "MemoryDriverTests",
            dependencies: ["MemoryDriver", "RegistryCore", "StorageTestKit", nio("NIOCore")]
        ),
        .testTarget(
            name: "AuthenticationTests",
            dependencies: ["Authentication", "RegistryCore", "MetadataSQL", "TestSupport", "COpenSSL", logging]
        ),
        .testTarget(
            name: "MetadataSQLTests",
            dependencies: [
                "MetadataSQL", "RegistryCore", nio("NIOCore"), logging, .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .testTarget(
            name: "RegistryHTTPTests",
            dependencies: ["RegistryHTTP", "RegistryCore", "TestSupport", nio("NIOCore"), nio("NIOHTTP1"), logging]
        ),
        .testTarget(
            name: "RegistryServerTests",
            dependencies: [
                "RegistryServer", "RegistryCore", "RegistryHTTP", "Authentication", "MetadataSQL", "CLinux", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(
            name: "EndToEndTests",
            // The two programs are not imported but run.
            dependencies: ["registryd", "registryd-memory", "S3Servers", "COpenSSL"],
            path: "Tests/EndToEnd",
            // Compiled by the tests that load it into a server.
            exclude: ["Preload"]
        ),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
}
