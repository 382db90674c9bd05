import Testing

/// A fault, what it comes upon, and what is to become of that.
struct FaultCase: Sendable, CustomTestStringConvertible {
    /// What is pushed, or pulled. The parts have 5 MiB.
    enum Blob: Sendable {
        /// One PutObject.
        case small
        /// Three parts.
        case large
    }
    /// How long the fault stays.
    enum Turns: Sendable {
        /// One request.
        case once
        /// Until the client has got its answer.
        case always
    }
    enum Outcome: Sendable {
        /// The client notices nothing.
        case unnoticed
        /// 503 with Retry-After.
        case unavailable
        /// Any of the server's own errors, or an answer that breaks off.
        case failure
    }

    var name: String
    var operation: S3Operation
    var turns: Turns
    var blob: Blob
    var action: Fault.Action
    var outcome: Outcome

    var fault: Fault {
        Fault(operation: operation, turns: turns == .once ? 0..<1 : 0..<Int.max, action: action)
    }

    var testDescription: String { "\(operation.rawValue) \(turns == .once ? "once" : "always"): \(name)" }

    init(
        _ name: String,
        _ operation: S3Operation,
        _ turns: Turns,
        _ blob: Blob,
        _ action: Fault.Action,
        _ outcome: Outcome? = nil
    ) {
        self.name = name
        self.operation = operation
        self.turns = turns
        self.blob = blob
        self.action = action
        self.outcome = outcome ?? (turns == .once ? .unnoticed : .unavailable)
    }
}

extension FaultCase {
    /// What happens to any request.
    private static let common: [(String, Fault.Action)] = [
        ("connections are refused", .refuse(milliseconds: 300)),
        ("reset in the answer's head", .resetInHead),
        ("the answer is lost", .loseAnswer),
        ("500 InternalError", .answer(status: 500, code: "InternalError")),
        ("503 SlowDown", .answer(status: 503, code: "SlowDown")),
        ("429 with Retry-After", .answer(status: 429, code: "TooManyRequests", retryAfter: 1)),
        ("accepted and never answered", .hang),
    ]

    private static func common(_ operation: S3Operation, _ blob: Blob) -> [FaultCase] {
        common.map { FaultCase($0, operation, .once, blob, $1) }
    }

    static let pushes: [FaultCase] =
        common(.putObject, .small) + common(.createMultipartUpload, .large) + common(.uploadPart, .large)
        + common(.completeMultipartUpload, .large) + [
            FaultCase("reset in the middle of the body", .putObject, .once, .small, .resetInRequest(after: 50_000)),
            FaultCase("Content-Length too long", .putObject, .once, .small, .wrongLength(by: 50)),
            FaultCase("10 KiB/s", .putObject, .once, .small, .slow(bytesPerSecond: 10 << 10, for: 20 << 10)),

            FaultCase("half an answer", .createMultipartUpload, .once, .large, .truncate),
            FaultCase("Content-Length too long", .createMultipartUpload, .once, .large, .wrongLength(by: 50)),
            FaultCase("Content-Length too short", .createMultipartUpload, .once, .large, .wrongLength(by: -50)),

            FaultCase("reset in the middle of the part", .uploadPart, .once, .large, .resetInRequest(after: 2 << 20)),
            FaultCase(
                "reset in the middle of all parts", .uploadPart, .always, .large, .resetInRequest(after: 1 << 20)),
            FaultCase("no ETag", .uploadPart, .once, .large, .stripETag),
            FaultCase("never an ETag", .uploadPart, .always, .large, .stripETag, .unnoticed),
            FaultCase("10 KiB/s", .uploadPart, .once, .large, .slow(bytesPerSecond: 10 << 10, for: 20 << 10)),
            FaultCase("Content-Length too long", .uploadPart, .once, .large, .wrongLength(by: 50)),

            FaultCase(
                "200 with an error in it", .completeMultipartUpload, .once, .large,
                .answer(status: 200, code: "InternalError")),
            FaultCase(
                "200 with an error in it", .completeMultipartUpload, .always, .large,
                .answer(status: 200, code: "InternalError")),
            FaultCase("half an answer", .completeMultipartUpload, .once, .large, .truncate),
            FaultCase("half an answer", .completeMultipartUpload, .always, .large, .truncate, .unnoticed),
            FaultCase(
                "it happened and nobody says so", .completeMultipartUpload, .always, .large, .loseAnswer, .unnoticed),
            FaultCase("Content-Length too long", .completeMultipartUpload, .once, .large, .wrongLength(by: 50)),
            FaultCase("Content-Length too short", .completeMultipartUpload, .once, .large, .wrongLength(by: -50)),

            FaultCase("connections are refused", .putObject, .always, .small, .refuse(milliseconds: nil)),
            FaultCase("connections are refused", .uploadPart, .always, .large, .refuse(milliseconds: nil)),
            FaultCase("10 KiB/s", .putObject, .always, .small, .slow(bytesPerSecond: 10 << 10, for: .max)),
        ]
        + [
            (S3Operation.putObject, Blob.small), (.createMultipartUpload, .large), (.uploadPart, .large),
            (.completeMultipartUpload, .large),
        ].flatMap { operation, blob in
            common.dropFirst(3).map { FaultCase($0, operation, .always, blob, $1) }
        }

    static let pulls: [FaultCase] =
        common(.getObject, .large) + [
            FaultCase("reset in the middle of the body", .getObject, .once, .large, .resetInBody(after: 3 << 20)),
            FaultCase("10 KiB/s", .getObject, .once, .large, .slow(bytesPerSecond: 10 << 10, for: 20 << 10)),
            FaultCase("Content-Length too long", .getObject, .once, .large, .wrongLength(by: 50), .failure),
            FaultCase("Content-Length too short", .getObject, .once, .large, .wrongLength(by: -50), .failure),
            FaultCase("half an answer", .getObject, .once, .large, .truncate, .failure),

            FaultCase(
                "reset in the middle of the body", .getObject, .always, .large, .resetInBody(after: 3 << 20), .unnoticed
            ),
            FaultCase("reset right after the head", .getObject, .always, .large, .resetInBody(after: 0), .failure),
            FaultCase("connections are refused", .getObject, .always, .large, .refuse(milliseconds: nil)),
        ] + common.dropFirst(3).map { FaultCase($0, .getObject, .always, .large, $1) }
}
