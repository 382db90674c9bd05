internal import Authentication
internal import NIOHTTP1
internal import RegistryCore

extension Challenge {
    /// For WWW-Authenticate. With tokens, clients are sent for one (Docker's token authentication specification, "How to
    /// authenticate"); without, and those who tried a password, are asked for a password (RFC 7617).
    func text(_ settings: AuthenticatorSettings, at baseURL: String) -> String {
        let realm = settings.realm.quoted
        guard settings.tokenLifetime != nil, !isBasic else { return "Basic realm=\(realm), charset=\"UTF-8\"" }
        var text = "Bearer realm=\((baseURL + Route.tokenPath).quoted),service=\(realm)"
        if let scope { text += ",scope=\(scope.quoted)" }
        if let error { text += ",error=\(error.quoted)" }
        return text
    }
}

extension Credentials {
    init(_ request: Request) {
        let header = Header(request.headers["Authorization"])
        self.init(header, certificate: request.origin.certificate)
    }
}

extension String {
    /// A quoted-string (RFC 9110, section 5.6.4).
    fileprivate var quoted: String {
        var text = "\""
        for character in unicodeScalars {
            if character == "\"" || character == "\\" { text += "\\" }
            text.unicodeScalars.append(character)
        }
        return text + "\""
    }
}
