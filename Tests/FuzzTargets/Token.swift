#if DEBUG
    @testable import Authentication

    /// What anybody may send in place of a token: as it is, and as its parts.
    func readToken(_ input: [UInt8]) throws {
        let part = Base64URL.encode(input)
        for text in [String(decoding: input, as: UTF8.self), "\(part).\(part).AA"] {
            do {
                let token = try CompactToken(text)
                try rule(text.utf8.starts(with: token.signed), "signed is what is not there")
            } catch let error as TokenError {
                try rule(error.reason == .malformed, "a token is refused for \(error.reason)")
            }
        }
    }
#endif
