/// What the answer to a probe must be, by the words of the contract and not by the code of the registry.
struct AccessRule {
    enum Place: CaseIterable, Sendable {
        case isPublic, isPrivate, isMissing
        /// Public, and nobody's, as its name has one component.
        case isOneComponent, isMissingOneComponent

        var exists: Bool { self != .isMissing && self != .isMissingOneComponent }
        var hasOwner: Bool { self != .isOneComponent && self != .isMissingOneComponent }
    }

    /// What somebody may do with the repositories that are there, beside what everybody may. The owner is it of those that
    /// have one.
    enum Level: CaseIterable, Sendable { case anonymous, stranger, reader, writer, admin, owner, administrator }

    /// What is wrong with the credentials.
    enum Flaw: CaseIterable, Sendable {
        case none
        /// A good token, for another repository.
        case elsewhere
        /// The same, of a robot.
        case robotElsewhere
        case wrongPassword
        case expired, otherKey, unsigned, publicKeyAsSecret, tampered

        static let badTokens: [Flaw] = [.expired, .otherKey, .unsigned, .publicKeyAsSecret, .tampered]
    }

    enum Anonymous: String, Sendable { case none, pull, push }

    struct Answer: Equatable, CustomStringConvertible {
        var status: Int
        /// In the error body; nil: success, or no body.
        var code: String?
        var error: String?
        /// Of a list of referrers: whether there are any.
        var hasReferrers = false

        var description: String { "\(status) \(code ?? "-") \(error ?? "")" }
    }

    // What the server is told.
    var anonymous = Anonymous.none
    var hasTokens = true

    // Who asks.
    var level: Level
    var flaw = Flaw.none
    var isBearer = false

    private static let challenge = Answer(status: 401, code: "UNAUTHORIZED")
    private static let denied = Answer(status: 403, code: "DENIED")

    func answer(_ probe: Probe, _ place: Place) -> Answer {
        let success = Answer(status: probe.success, hasReferrers: place.exists)
        switch probe.need {
        // The method is looked at before the credentials.
        case .unsupported: return Answer(status: 405, code: "UNSUPPORTED")
        case .keys: return hasTokens ? success : Answer(status: 404, code: "UNSUPPORTED")
        default: break
        }
        if flaw == .wrongPassword { return Self.challenge }
        if Flaw.badTokens.contains(flaw) {
            return Answer(status: 401, code: "UNAUTHORIZED", error: "invalid_token")
        }
        if probe.need == .token { return token(success) }
        // A token that says nothing of what is asked for, whoever's it is.
        if flaw == .elsewhere || flaw == .robotElsewhere {
            if probe.need == .nothing { return success }
            if flaw == .elsewhere { return Answer(status: 401, code: "UNAUTHORIZED", error: "insufficient_scope") }
            return probe.need == .catalog ? Self.denied : refusal(probe)
        }
        if anonymous == .push {
            return place.exists || probe.isAnywhere || probe.makesRepository ? success : absent(probe)
        }
        switch probe.need {
        case .nothing: return level == .anonymous && !isBearer ? Self.challenge : success
        case .catalog: return level == .anonymous && anonymous == .none ? Self.challenge : success
        default: return inRepository(probe, place, success)
        }
    }

    private func token(_ success: Answer) -> Answer {
        if isBearer { return Answer(status: 400, code: "UNSUPPORTED") }
        if level == .anonymous, anonymous == .none { return Self.challenge }
        return hasTokens ? success : Answer(status: 404, code: "UNSUPPORTED")
    }

    private func inRepository(_ probe: Probe, _ place: Place, _ success: Answer) -> Answer {
        let isPublic = place == .isPublic || place == .isOneComponent
        if level == .anonymous {
            return anonymous == .pull && isPublic && probe.need == .read ? success : Self.challenge
        }
        let isOwner = level == .administrator || level == .owner && place.hasOwner
        guard place.exists else {
            // Only its owner could make it; to all others it is as a private one that they know nothing of.
            if isOwner { return probe.makesRepository ? success : absent(probe) }
            return refusal(probe)
        }
        let hasGrant = [.reader, .writer, .admin].contains(level)
        let mayWrite = isOwner || level == .writer || level == .admin
        return (probe.need == .read ? isPublic || hasGrant || isOwner : mayWrite) ? success : refusal(probe)
    }

    private func refusal(_ probe: Probe) -> Answer {
        probe.need == .read ? absent(probe) : Self.denied
    }

    private func absent(_ probe: Probe) -> Answer {
        // Referrers are never 404: an empty index.
        if probe.route == .referrers { return Answer(status: 200) }
        return Answer(status: 404, code: "NAME_UNKNOWN")
    }
}

extension Probe {
    /// It is about no repository.
    fileprivate var isAnywhere: Bool { need == .nothing || need == .catalog }
}
