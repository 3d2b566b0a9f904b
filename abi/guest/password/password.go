// Package password adds the password role to a connector module: importing it
// adds the exports OpenPasswordConnection, SetPassword, ChangePassword and
// ClosePasswordConnection.
package password
