import RegistryCore

extension Settings {
    /// Every rule that the part on access breaks: its key and what is wrong.
    var brokenAccessRules: [(path: String, text: String)] {
        var broken: [(path: String, text: String)] = []
        func check(_ holds: Bool, _ path: String, _ text: String) {
            if !holds { broken.append((path, text)) }
        }
        // It is sent between quotes (RFC 9110, section 11.5).
        let isPlain = access.realm.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
        check(isPlain && !access.realm.isEmpty, "access.realm", "expected ASCII text without quotes and backslashes")
        check(
            (.seconds(60)...(.seconds(86_400))).contains(access.tokens.lifetime.duration),
            "access.tokens.lifetime",
            "expected 1m to 24h; clients get a new token by themselves"
        )
        check(access.htpasswd != "", "access.htpasswd", "expected a file")
        for (index, issuer) in access.issuers.enumerated() {
            let path = "access.issuers[\(index)]"
            let isURL = ["https://", "http://"].contains { issuer.issuer.hasPrefix($0) && issuer.issuer != $0 }
            check(isURL, "\(path).issuer", "expected a URL, as the issuer's tokens have it in “iss”")
            check(!issuer.jwksFile.isEmpty, "\(path).jwks-file", "expected a file")
            let isFirst = access.issuers.firstIndex { $0.issuer == issuer.issuer } == index
            check(isFirst, "\(path).issuer", "“\(issuer.issuer)” is given twice; one file can hold several keys")
        }
        check(
            access.certificates == nil || tls?.clientCA != nil,
            "access.certificates",
            "needs http.tls.client-ca: a file with the authorities whose clients' certificates are believed"
        )
        check(
            (0...1_000_000).contains(limits.uploadsPerUser),
            "limits.uploads-per-user",
            "expected 1 to 1000000, or 0 for no limit"
        )
        return broken
    }

    /// What is wrong when everybody could push and pull and nobody has said so; nil: nothing.
    var openToAll: String? {
        guard access.isImplicit, let open = listen.first(where: { !$0.isLoopback }) else { return nil }
        return
            "\(open) can be reached from other machines, and nothing says who may do what, so everybody who reaches it "
            + "could push and pull; say access.anonymous: none (users log in: registryd user add), pull (and everybody "
            + "may pull public repositories) or push (everybody may do everything: a trusted network), or listen on "
            + "127.0.0.1 only"
    }
}
