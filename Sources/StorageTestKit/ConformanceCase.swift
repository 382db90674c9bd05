/// One thing that a storage must do.
public struct ConformanceCase: Sendable, CustomStringConvertible {
    /// A sentence.
    public let name: String
    private let body: @Sendable (any StorageFixture) async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (any StorageFixture) async throws -> Void) {
        self.name = name
        self.body = body
    }

    public var description: String { name }

    /// Throws ``ConformanceFailure`` when the storage does not do it.
    public func run(on fixture: any StorageFixture) async throws {
        do {
            try await body(fixture)
        } catch let unmet as Unmet {
            throw ConformanceFailure(
                name: name, expectation: unmet.expectation, file: unmet.file, line: unmet.line, cause: unmet.cause)
        } catch {
            throw ConformanceFailure(name: name, expectation: "no error", file: nil, line: nil, cause: error)
        }
    }
}

/// What a storage did not do.
public struct ConformanceFailure: Error, CustomStringConvertible {
    /// The case's name.
    public let name: String
    public let expectation: String
    /// Where in StorageTestKit it was expected; nil: the storage threw where nothing is to be thrown.
    public let file: String?
    public let line: Int?
    /// What the storage threw instead.
    public let cause: (any Error)?

    public var description: String {
        var text = "a storage \(name): expected \(expectation)"
        if let cause { text += ", got \(cause)" }
        if let file, let line { text += " (\(file):\(line))" }
        return text
    }
}
