import Testing

/// A private repository and one that is not there look the same to those who may not read it, in every answer to everything.
@Suite final class LookAlikeTests {
    /// Of the same length, so that Content-Length is the same too.
    private static let (hidden, missing) = ("alice/private", "alice/missing")

    /// All of an answer that may not differ.
    private func face(_ response: HTTPResponse, _ probe: Probe) throws -> String {
        let headers = response.headers.fields.filter { !["date", "x-request-id"].contains($0.name.lowercased()) }
        // Tokens are never the same; what they say is in the scope, and in their length.
        let body =
            probe.route == .token && response.status == 200
            ? try response.decode(TokenAnswer.self).scope : response.text
        return (["\(response.status)"] + headers.map { "\($0.name): \($0.value)" } + ["", body])
            .joined(separator: "\n").replacing(Self.missing, with: Self.hidden)
    }

    /// A form, about the other one.
    private func elsewhere(_ form: [UInt8]) -> [UInt8] {
        Array(String(decoding: form, as: UTF8.self).replacing(Self.hidden, with: Self.missing).utf8)
    }

    @Test(arguments: [AccessRule.Anonymous.none, .pull], [true, false])
    func `to strangers, and to those who do not log in`(_ anonymous: AccessRule.Anonymous, tokens: Bool) throws {
        let stage = try AccessStage(anonymous: anonymous, tokens: tokens)
        let client = Client(stage.server)
        let robot = try stage.server.command(
            "token", "create", "ci", "--user", "stranger", "--scope", "repository:*:pull,push,delete")
        var callers = [
            Caller("nobody", client), Caller("stranger", client, basic("stranger")),
            Caller("robot", client, basic("stranger", robot)),
        ]
        if tokens {
            let scopes =
                [Self.hidden, Self.missing].map { "repository:\($0):pull,push,delete" } + ["registry:catalog:*"]
            let token = try client.token(scopes, basic("stranger"))
            #expect(token.scope.hasPrefix("registry:catalog:*") || token.scope.hasSuffix("registry:catalog:*"))
            callers.append(Caller("bearer", client, bearer(token.token)))
            if anonymous == .pull {
                callers.append(Caller("bearer nobody", client, bearer(try client.token(scopes, []).token)))
            }
        }
        let scene = Probe.Scene(
            repository: Self.hidden, exists: true, owner: stage.alice, opener: stage.alice, manifest: stage.manifest,
            layer: stage.layer, source: "alice/public")
        for caller in callers {
            for probe in Probe.all + Probe.unsupported {
                let shot = try probe.shot(scene)
                let there = try caller.request(probe.method, shot.target, shot.headers, body: shot.body)
                let nowhere = try caller.request(
                    probe.method, shot.target.replacing(Self.hidden, with: Self.missing), shot.headers,
                    body: probe.route == .token ? shot.body.map(elsewhere) : shot.body)
                let (first, second) = (try face(there, probe), try face(nowhere, probe))
                #expect(first == second, "\(caller.name): \(probe)")
            }
        }
    }
}
