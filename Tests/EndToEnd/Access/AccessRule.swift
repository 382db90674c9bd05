/// What the answer to a probe must be, by the words of the contract and not by the code of the registry.
enum AccessRule {
    enum Place: CaseIterable, Sendable { case isPublic, isPrivate, isMissing }

    /// What somebody may do with alice/public and alice/private, beside what everybody may.
    enum Level: CaseIterable, Sendable { case anonymous, stranger, reader, writer, admin, owner }

    /// What is wrong with the credentials.
    enum Flaw: CaseIterable, Sendable {
        case none
        /// A good token, for another repository.
        case elsewhere
        case expired, otherKey, unsigned, tampered
    }

    struct Answer: Equatable, CustomStringConvertible {
        var status: Int
        /// In the error body; nil: success, or no body.
        var code: String?
        var error: String?

        var description: String { "\(status) \(code ?? "-") \(error ?? "")" }
    }

    /// - Parameter hasToken: those without a name have a token all the same, which is as good as a login to be let in at all.
    static func answer(
        _ probe: Probe, _ place: Place, _ level: Level, _ flaw: Flaw, hasToken: Bool, anonymousPull: Bool
    ) -> Answer {
        let success = Answer(status: probe.success)
        switch flaw {
        case .expired, .otherKey, .unsigned, .tampered:
            return Answer(status: 401, code: "UNAUTHORIZED", error: "invalid_token")
        case .elsewhere:
            if probe.need == .nothing { return success }
            return Answer(status: 401, code: "UNAUTHORIZED", error: "insufficient_scope")
        case .none:
            break
        }
        let challenge = Answer(status: 401, code: "UNAUTHORIZED")
        switch probe.need {
        case .nothing:
            return level == .anonymous && !hasToken ? challenge : success
        case .catalog:
            return level == .anonymous && !anonymousPull ? challenge : success
        case .read, .write:
            break
        }
        if level == .anonymous {
            return anonymousPull && place == .isPublic && probe.need == .read ? success : challenge
        }
        if place == .isMissing {
            // Only its owner could make it; to all others it is as a private one that they know nothing of.
            if level == .owner { return probe.makesRepository ? success : absent(probe) }
            return refusal(probe)
        }
        let mayRead = place == .isPublic || level != .stranger
        let mayWrite = [.writer, .admin, .owner].contains(level)
        return (probe.need == .read ? mayRead : mayWrite) ? success : refusal(probe)
    }

    private static func refusal(_ probe: Probe) -> Answer {
        probe.need == .read ? absent(probe) : Answer(status: 403, code: "DENIED")
    }

    private static func absent(_ probe: Probe) -> Answer {
        // Referrers are never 404: an empty index.
        if probe.description.hasSuffix("referrers") { return Answer(status: 200) }
        return Answer(status: 404, code: "NAME_UNKNOWN")
    }
}
