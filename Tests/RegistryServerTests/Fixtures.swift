import RegistryCore

@testable import RegistryServer

/// A driver section with one key, as a third party would write it.
struct DiskSection: Decodable {
    var root: String?
    var buffer: ByteCount?
}

/// The storage drivers that these tests know: one that shows its section beforehand, and one that does not.
let testDrivers = [
    StorageDriverCheck(name: "fs") { decoder in _ = try DiskSection(from: decoder) },
    StorageDriverCheck(name: "silent") { _ in },
]

/// Settings from the text of a file.
func settings(
    _ yaml: String,
    set assignments: [String] = [],
    environment: [String: String] = [:]
) throws -> Settings {
    try withFile(yaml) { path in
        try ConfigurationSource(
            file: path, assignments: assignments, environment: environment, workingDirectory: "/srv"
        ).settings(drivers: testDrivers)
    }
}

/// What is wrong with the text of a file, without the file's name.
func problems(
    _ yaml: String,
    set assignments: [String] = [],
    environment: [String: String] = [:]
) -> [String] {
    do {
        _ = try settings(yaml, set: assignments, environment: environment)
        return []
    } catch let error as ConfigurationError {
        return error.problems.map { problem in
            var problem = problem
            if case .file(_, let line) = problem.origin { problem.origin = .file("file", line: line) }
            return problem.description
        }
    } catch {
        return ["\(error)"]
    }
}

/// Settings without a file.
func settings(data: String? = nil, listen: [String] = [], set assignments: [String] = []) throws -> Settings {
    try ConfigurationSource(
        file: nil, assignments: assignments, data: data, listen: listen, workingDirectory: "/srv"
    ).settings(drivers: testDrivers)
}
