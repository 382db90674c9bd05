import RegistryCore
import Testing

@testable import StorageS3

@Suite struct `Web identity` {
    private let variables = ["AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"]

    private func find(_ world: World) async throws -> CredentialAnswer {
        try await WebIdentityCredentials(region: "eu-central-1").credentials(in: world.surroundings)
    }

    @Test func `is exchanged for a role's credentials`() async throws {
        let world = World(
            variables, files: ["/token": "ey.J+/=\n"],
            service: { _ in answer(200, assumedRole(expiring: "2024-01-01T00:00:00Z")) })
        let expected = Credentials(
            accessKeyID: "ASIA", secretAccessKey: "sec", sessionToken: "tok",
            expiration: Timestamp(milliseconds: 1_704_067_200_000))
        #expect(try await find(world) == .found(expected))
        let request = try #require(world.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == "https://sts.eu-central-1.amazonaws.com/")
        #expect(
            String(decoding: request.body, as: UTF8.self) == """
                Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&\
                RoleSessionName=registryd&WebIdentityToken=ey.J%2B%2F%3D
                """)
    }

    @Test func `is exchanged where the environment says`() async throws {
        var variables = variables
        variables["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:9000"
        let world = World(
            variables, files: ["/token": "t"],
            service: { _ in answer(200, assumedRole(expiring: "2024-01-01T00:00:00Z")) })
        _ = try await find(world)
        #expect(world.requests.map(\.url) == ["http://127.0.0.1:9000/"])
    }

    @Test func `is not there without its variables`() async throws {
        #expect(try await find(World()) == .notHere("AWS_WEB_IDENTITY_TOKEN_FILE is not set"))
        await #expect(throws: CredentialError.self) { try await find(World(["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"])) }
    }

    @Test(arguments: [nil, "", "two words"])
    func `needs its token`(content: String?) async {
        let files = content.map { ["/token": $0] } ?? [:]
        let error = await #expect(throws: CredentialError.self) { try await find(World(variables, files: files)) }
        #expect(error?.message.contains("AWS_WEB_IDENTITY_TOKEN_FILE") == true)
    }

    @Test func `says why the service refuses, and does not ask again`() async throws {
        let document =
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>"
        let world = World(variables, files: ["/token": "t"], service: { _ in answer(403, document) })
        let error = await #expect(throws: CredentialError.self) { try await find(world) }
        #expect(error?.code == .misconfigured)
        #expect(error?.description.contains("AccessDenied: Not authorized") == true)
        #expect(world.requests.count == 1)
    }

    @Test func `asks again when the service stumbles`() async throws {
        let world = World(variables, files: ["/token": "t"])
        world.serve { [weak world] _ in
            switch world?.requests.count {
            case 1: throw World.Unreachable()
            case 2: return answer(503)
            default: return answer(200, assumedRole(expiring: "2024-01-01T00:00:00Z"))
            }
        }
        _ = try await find(world)
        #expect(world.requests.count == 3)
        #expect(world.pauses == 2)
    }

    @Test(arguments: ["", "<a/>", "<AssumeRoleWithWebIdentityResponse/>", assumedRole(expiring: "soon")])
    func `does not take any answer for credentials`(body: String) async {
        let world = World(variables, files: ["/token": "t"], service: { _ in answer(200, body) })
        let error = await #expect(throws: CredentialError.self) { try await find(world) }
        #expect(error?.code == .unavailable)
    }
}

private let document =
    #"{"AccessKeyId":"ASIA","SecretAccessKey":"sec","Token":"tok","Expiration":"2024-01-01T00:00:00Z","RoleArn":"x"}"#
private let documented = Credentials(
    accessKeyID: "ASIA", secretAccessKey: "sec", sessionToken: "tok",
    expiration: Timestamp(milliseconds: 1_704_067_200_000))

@Suite struct `A container's service` {
    private func find(_ world: World) async throws -> CredentialAnswer {
        try await ContainerCredentials().credentials(in: world.surroundings)
    }

    @Test func `is asked at ECS's address`() async throws {
        let world = World(
            ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/x?id=1"],
            service: { _ in answer(200, document) })
        #expect(try await find(world) == .found(documented))
        #expect(world.requests.map(\.url) == ["http://169.254.170.2/v2/credentials/x?id=1"])
    }

    @Test func `is shown the token, the file's before the variable's`() async throws {
        let world = World(
            [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "old",
            ],
            files: ["/token": "new\n"], service: { _ in answer(200, document) })
        #expect(try await find(world) == .found(documented))
        #expect(world.requests.first?.headers["Authorization"] == "new")
    }

    @Test(arguments: [
        "https://x.example.com/c?d", "http://127.0.0.1/", "http://127.9.9.9:80/a", "http://localhost:51679/c",
        "http://[::1]/",
    ])
    func `is asked where secrets stay safe`(url: String) async throws {
        let world = World(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], service: { _ in answer(200, document) })
        #expect(try await find(world) == .found(documented))
    }

    @Test(arguments: [
        "http://example.com/", "http://169.254.170.3/", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/", "x",
        "http://127.0.0.1@example.com/",
    ])
    func `is not asked elsewhere`(url: String) async {
        let world = World(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], service: { _ in answer(200, document) })
        let error = await #expect(throws: CredentialError.self) { try await find(world) }
        #expect(error?.code == .misconfigured)
        #expect(world.requests.isEmpty)
    }

    @Test func `needs a token that fits into a header`() async {
        let world = World([
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nHost: b",
        ])
        await #expect(throws: CredentialError.self) { try await find(world) }
        #expect(world.requests.isEmpty)
    }

    @Test(arguments: [
        (200, ""), (200, "{}"), (200, #"{"AccessKeyId":"a"}"#), (200, #"{"Code":"Failed","Message":"m"}"#),
        (200, #"{"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"x"}"#),
        (404, #"{"code":"no","message":"role"}"#),
    ])
    func `is not believed when it says nothing`(status: Int, body: String) async {
        let world = World(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"], service: { _ in answer(status, body) })
        let error = await #expect(throws: CredentialError.self) { try await find(world) }
        #expect(error?.code == (status == 404 ? .misconfigured : .unavailable))
    }

    @Test func `is not there without its variables`() async throws {
        guard case .notHere = try await find(World()) else {
            Issue.record("something was found")
            return
        }
    }
}

@Suite struct `An instance's metadata` {
    private func find(_ world: World) async throws -> CredentialAnswer {
        try await InstanceCredentials().credentials(in: world.surroundings)
    }

    /// Version 2, as EC2 speaks it.
    private func serve(
        _ world: World, credentials: String = document, roles: Surroundings.Answer = answer(200, "my role\n")
    ) {
        world.serve { request in
            let path = request.url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
            if request.method == "PUT" {
                let lifetime = request.headers["X-aws-ec2-metadata-token-ttl-seconds"]
                return path == "/latest/api/token" && lifetime == "21600" ? answer(200, "T==") : answer(400)
            }
            guard request.headers["X-aws-ec2-metadata-token"] == "T==" else { return answer(401) }
            switch path {
            case "/latest/meta-data/iam/security-credentials/": return roles
            case "/latest/meta-data/iam/security-credentials/my%20role": return answer(200, credentials)
            default: return answer(404)
            }
        }
    }

    @Test(
        arguments: [
            ([:], "http://169.254.169.254"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1338/"], "http://127.0.0.1:1338"),
            (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"], "http://[fd00:ec2::254]"),
        ] as [([String: String], String)])
    func `gives the role's credentials`(environment: [String: String], endpoint: String) async throws {
        let world = World(environment)
        serve(world)
        #expect(try await find(world) == .found(documented))
        #expect(world.requests.allSatisfy { $0.url.hasPrefix(endpoint + "/latest/") && $0.timeout == .seconds(1) })
        #expect(world.requests.count == 3)
    }

    @Test func `is left alone when it is disabled`() async throws {
        let world = World(["AWS_EC2_METADATA_DISABLED": "TRUE"])
        #expect(try await find(world) == .notHere("AWS_EC2_METADATA_DISABLED is true"))
        #expect(world.requests.isEmpty)
    }

    @Test func `is not there when nothing answers`() async throws {
        let world = World()
        guard case .notHere(let reason) = try await find(world) else {
            Issue.record("something was found")
            return
        }
        #expect(reason.contains("http://169.254.169.254"))
        #expect(world.requests.count == 1)
    }

    @Test func `is not there without a role`() async throws {
        let world = World()
        serve(world, roles: answer(404))
        #expect(try await find(world) == .notHere("the instance has no role"))
    }

    @Test func `is tried as it is when it cannot renew`() async throws {
        let world = World()
        serve(world, credentials: document.replacing("2024", with: "2020"))
        guard case .found(let found) = try await find(world) else {
            Issue.record("nothing found")
            return
        }
        #expect(found.expiration == world.now.adding(seconds: 600))
    }

    @Test func `is not believed when it fails`() async {
        let world = World()
        serve(world, credentials: #"{"Code":"AssumeRoleUnauthorizedAccess","Message":"no"}"#)
        let error = await #expect(throws: CredentialError.self) { try await find(world) }
        #expect(error?.message.contains("AssumeRoleUnauthorizedAccess: no") == true)
    }
}
