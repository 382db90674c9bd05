internal import Foundation
package import RegistryCore

/// What a request says of who sends it.
package struct Credentials: Sendable, Equatable {
    /// The Authorization header (RFC 9110, section 11.6.2).
    package enum Header: Sendable, Equatable {
        case none
        /// RFC 7617.
        case basic(user: String, password: String)
        /// RFC 6750.
        case bearer(String)
        /// Another scheme, or not to be read.
        case unusable
    }

    package var header: Header
    /// The user whom the connection's certificate names; nil: there is none.
    package var certificate: UserName?

    package init(_ header: Header, certificate: UserName? = nil) {
        self.header = header
        self.certificate = certificate
    }
}

extension Credentials.Header {
    /// - Parameter values: of all Authorization headers of the request.
    package init(_ values: [String]) {
        guard let value = values.first else {
            self = .none
            return
        }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard values.count == 1, parts.count == 2 else {
            self = .unusable
            return
        }
        let rest = parts[1].trimmingCharacters(in: .whitespaces)
        switch parts[0].lowercased() {
        case "basic": self = Self.basic(rest) ?? .unusable
        case "bearer" where !rest.isEmpty: self = .bearer(rest)
        default: self = .unusable
        }
    }

    private static func basic(_ text: String) -> Self? {
        guard let data = Data(base64Encoded: text), let pair = String(validating: data, as: UTF8.self),
            let colon = pair.firstIndex(of: ":")
        else { return nil }
        let (user, password) = (pair[..<colon], pair[pair.index(after: colon)...])
        // What some clients send when they are asked for a password and have none.
        if user.isEmpty, password.isEmpty { return Self.none }
        return .basic(user: String(user), password: String(password))
    }
}
