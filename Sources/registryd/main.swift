print("registryd")
