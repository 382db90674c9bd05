import RegistryCore
import Testing

@testable import StorageS3

@Suite struct `The credentials` {
    private let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: "hunter2", sessionToken: "t0ken")

    @Test func `are never printed`() {
        var dumped = ""
        dump([credentials], to: &dumped)
        let optional: Credentials? = credentials
        for text in [
            "\(credentials)", String(reflecting: credentials), "\([credentials])", "\(String(describing: optional))",
            dumped,
        ] {
            #expect(!text.contains("hunter2") && !text.contains("t0ken"))
        }
    }

    @Test func `come from the environment`() async throws {
        let world = World(["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"])
        let found = try await EnvironmentCredentials().credentials(in: world.surroundings)
        #expect(found == .found(Credentials(accessKeyID: "a", secretAccessKey: "s", sessionToken: "t")))
    }

    @Test func `come from nowhere when variables are empty`() async throws {
        let world = World(["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""])
        let found = try await EnvironmentCredentials().credentials(in: world.surroundings)
        #expect(found == .notHere("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"))
    }

    @Test(arguments: [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")])
    func `by halves are an error that names what is missing`(set: String, missing: String) async {
        let error = await #expect(throws: CredentialError.self) {
            try await EnvironmentCredentials().credentials(in: World([set: "x"]).surroundings)
        }
        #expect(error?.message == "\(set) is set, \(missing) is not")
    }
}

@Suite struct `Shared files` {
    private func find(_ world: World) async throws -> CredentialAnswer {
        try await SharedFileCredentials(region: "r").credentials(in: world.surroundings)
    }

    @Test func `are read as AWS's tools read them`() async throws {
        let file = """
            \u{feff}# comment
            ; comment
            stray = line
            [default]   ; comment
            aws_access_key_id=AKID#1
            AWS_Secret_Access_Key = a/b+c=  # comment
            s3 =
              aws_session_token = nested
              max_queue_size = 1000
            region = us-east-1

            [ other\tprofile ]
              aws_access_key_id = x
            [broken
            aws_access_key_id = y
            [default]
            aws_session_token = t
            """
        let sections = ProfileFile(Array(file.replacing("\n", with: "\r\n").utf8)).sections
        #expect(
            sections == [
                "default": [
                    "aws_access_key_id": "AKID#1", "aws_secret_access_key": "a/b+c=", "region": "us-east-1",
                    "aws_session_token": "t",
                ],
                "other profile": ["aws_access_key_id": "x"],
            ])
    }

    @Test func `give the default profile's keys, the credentials file first`() async throws {
        let world = World(
            ["HOME": "/h"],
            files: [
                "/h/.aws/credentials": "[default]\naws_access_key_id = a\naws_secret_access_key = s\n",
                "/h/.aws/config": "[default]\naws_access_key_id = b\naws_secret_access_key = t\n",
            ])
        #expect(try await find(world) == .found(Credentials(accessKeyID: "a", secretAccessKey: "s")))
    }

    @Test func `give a named profile's keys`() async throws {
        let world = World(
            ["AWS_PROFILE": "ci", "AWS_SHARED_CREDENTIALS_FILE": "/c", "AWS_CONFIG_FILE": "/d"],
            files: [
                "/c": "[default]\naws_access_key_id = a\naws_secret_access_key = s\n",
                "/d": "[ci]\naws_access_key_id = no\n[profile ci]\naws_access_key_id = b\naws_secret_access_key = t\n",
            ])
        #expect(try await find(world) == .found(Credentials(accessKeyID: "b", secretAccessKey: "t")))
    }

    @Test func `that are not there are not an error`() async throws {
        let nowhere = "neither /h/.aws/credentials nor /h/.aws/config has credentials in a profile “default”"
        #expect(try await find(World(["HOME": "/h"])) == .notHere(nowhere))
        #expect(try await find(World()) == .notHere("HOME is not set"))
    }

    @Test(arguments: [
        ("[default]\n", "“ci”"),
        ("[ci]\naws_access_key_id = a\n", "no aws_secret_access_key"),
        ("[ci]\naws_secret_access_key = a\n", "no aws_access_key_id"),
        ("[ci]\ncredential_process = /bin/true\n", "credential_process, which is not supported"),
        ("[ci]\nrole_arn = arn\nsource_profile = default\n", "role_arn, which is not supported"),
        ("[ci]\nweb_identity_token_file = /t\n", "no role_arn"),
    ])
    func `that do not fit the chosen profile are an error`(content: String, part: String) async {
        let world = World(["AWS_PROFILE": "ci", "HOME": "/h"], files: ["/h/.aws/credentials": content])
        let error = await #expect(throws: CredentialError.self) { try await find(world) }
        #expect(error?.code == .misconfigured)
        #expect(error?.message.contains(part) == true)
    }

    @Test func `may name a web identity`() async throws {
        let world = World(
            ["HOME": "/h"],
            files: ["/h/.aws/config": "[default]\nrole_arn = arn:r\nweb_identity_token_file = /t\n", "/t": "jwt\n"],
            service: { _ in answer(200, assumedRole(expiring: "2030-01-01T00:00:00Z")) })
        guard case .found(let found) = try await find(world) else {
            Issue.record("nothing found")
            return
        }
        #expect(found.accessKeyID == "ASIA")
        #expect(world.requests.first?.url == "https://sts.r.amazonaws.com/")
    }
}

func assumedRole(expiring: String) -> String {
    """
    <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <AssumeRoleWithWebIdentityResult>
        <SubjectFromWebIdentityToken>system:serviceaccount:a:b</SubjectFromWebIdentityToken>
        <Credentials><SessionToken>tok</SessionToken><SecretAccessKey>sec</SecretAccessKey>
          <Expiration>\(expiring)</Expiration><AccessKeyId>ASIA</AccessKeyId></Credentials>
      </AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
    </AssumeRoleWithWebIdentityResponse>
    """
}
