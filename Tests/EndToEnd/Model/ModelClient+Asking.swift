/// What came of a request.
enum ModelOutcome<Value> {
    case answered(Value)
    /// The server was ended before it answered.
    case cutOff
    /// The registry takes no writes: nothing has changed.
    case readOnly
}

extension ModelClient {
    /// Asks the registry for something. `writes`: which it refuses while it is read-only.
    func ask<Value>(
        _ what: String, writes: Bool, _ request: (Client) throws -> Value
    ) throws -> ModelOutcome<Value> {
        note(what)
        let start = registry.moment
        do {
            let port = registry.server.port
            let current = client.flatMap { $0.port == port ? $0 : nil } ?? Client(port: port)
            client = current
            let answer = try request(current)
            guard !writes || registry.moment.mayHaveTaken(since: start) else {
                throw NeverHappened(description: "\(what) was not refused by a registry that is read-only")
            }
            return .answered(answer)
        } catch let error as UnexpectedResponse where error.response.isReadOnly {
            guard writes, registry.moment.mayHaveRefused(since: start) else { throw error }
            note("  read-only")
            return .readOnly
        } catch  where error is ConnectionClosed || error is SystemError {
            guard registry.moment.mayHaveCutOff(since: start) else { throw error }
            client = nil
            note("  cut off")
            try registry.waitUntilUp()
            return .cutOff
        }
    }

    /// The same where it makes no difference why there is no answer: nil.
    func answer<Value>(
        to what: String, writes: Bool = true, _ request: (Client) throws -> Value
    ) throws -> Value? {
        guard case .answered(let value) = try ask(what, writes: writes, request) else { return nil }
        return value
    }

    /// Does it, and tells the model of the answer. nil: there was none, but it is known what came of it.
    @discardableResult
    func attempt(_ operation: ModelOperation, _ request: (Client) throws -> ModelAnswer) throws -> ModelAnswer? {
        switch try ask("\(operation)", writes: operation.writes, request) {
        case .answered(let answer):
            note("  \(answer)")
            try model.note(operation, answer)
            return answer
        case .cutOff:
            model.cutOff(operation)
            try settle(operation)
            return nil
        case .readOnly:
            return nil
        }
    }

    private static let looks = 20

    /// Looks whether an operation that was cut off has happened.
    private func settle(_ operation: ModelOperation) throws {
        guard let name = operation.repository else { return }
        // A read may be cut off, too.
        for _ in 0..<Self.looks where model.isInDoubt {
            switch operation {
            case .pushBlob(let blob, _), .mountBlob(let blob, _, _), .deleteBlob(let blob, _):
                try readBlob(blob, in: name)
            case .pushManifest(let manifest, _, let tag):
                try readManifest(manifest.digest, in: name)
                if let tag { try readTag(tag, in: name) }
            case .deleteManifest(let digest, _):
                try readManifest(digest, in: name)
            case .deleteTag(let tag, _):
                try readTag(tag, in: name)
            case .readBlob, .readTag, .readManifest, .listTags, .listReferrers, .collect:
                return
            }
        }
        if model.isInDoubt { throw NeverHappened(description: "no answer tells what came of \(operation)") }
    }
}

extension HTTPResponse {
    /// What a registry answers to writes while it is read-only.
    fileprivate var isReadOnly: Bool {
        status == 405 && errors.first?.code == "UNSUPPORTED" && text.contains("this registry is read-only")
    }

    /// Throws what ``ModelClient/ask(_:writes:_:)`` takes for it.
    func unlessReadOnly() throws -> HTTPResponse {
        guard !isReadOnly else { throw UnexpectedResponse(what: "not taken", response: self) }
        return self
    }
}
