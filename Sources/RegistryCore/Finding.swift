/// What a storage found out when it tried one of the things that it stands on, for `registryd doctor`.
public struct Finding: Sendable, Hashable {
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// It works.
        case ok
        /// It works, at a price that `detail` names, or may not for long.
        case degraded
        /// It does not work here. The registry does without it.
        case unsupported
        /// It does not work, and the registry needs it.
        case failed
    }

    /// What was tried, in a word or two: `range reads`.
    public var probe: String
    public var verdict: Verdict
    /// What came of it and what that means, in a sentence.
    public var detail: String
    /// What to do about it; nil: nothing.
    public var advice: String?
    /// What kind of failure it is, of what failed. It decides the status that the command ends with.
    public var code: StorageError.Code?

    public init(
        _ probe: String,
        _ verdict: Verdict,
        _ detail: String,
        advice: String? = nil,
        code: StorageError.Code? = nil
    ) {
        self.probe = probe
        self.verdict = verdict
        self.detail = detail
        self.advice = advice
        self.code = code
    }

    /// A failure of something that the registry needs.
    public static func failed(_ probe: String, _ error: any Error, advice: String? = nil) -> Finding {
        let error =
            error as? StorageError
            ?? StorageError(.failed, "\(error)")
        return Finding(probe, .failed, error.description, advice: advice, code: error.code)
    }
}

extension BlobStorage {
    /// Whether it says that it can serve.
    public func diagnose() async -> [Finding] {
        do {
            try await ready()
            return [Finding("ready", .ok, "the storage says that it can serve")]
        } catch {
            return [.failed("ready", error)]
        }
    }
}
