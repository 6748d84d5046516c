// Reads and writes on MariaDB or MySQL with GORM 1 as each account: `go run gorm_mariadb_client.go ACCOUNT PASSWORD_FILE ...`.
// An account with some rows or columns of a table uses its views by their names.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jinzhu/gorm"
)

type User struct {
	ID           int64
	Email        string
	Password     string
	FsUniquifier string
	ConfirmedAt  *time.Time
	Active       bool   `gorm:"default:true"`
	Role         string `gorm:"default:'member'"`
}

type Event struct {
	ID                    int64
	Type, Source, Subject string
}

type PlatformIntegration struct {
	ID                int64
	Platform, Channel string
	ExternalID        string
}

type Extra struct{ ID int64 }

const (
	denied  = "denied"
	outside = "CHECK OPTION"
)

func check(holds bool, otherwise ...any) {
	if !holds {
		panic(fmt.Sprint(otherwise...))
	}
}

func succeeded(db *gorm.DB) { check(db.Error == nil, db.Error) }

func refused(db *gorm.DB, reason string) {
	check(db.Error != nil && strings.Contains(db.Error.Error(), reason), "expected ", reason, ", and got: ", db.Error)
}

func event(source string) *Event { return &Event{Type: "client.test", Source: source, Subject: "1"} }

var checks = map[string]func(db *gorm.DB, unique string){
	"backend-api-rw": func(db *gorm.DB, unique string) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		made := User{Email: unique + "@example.org", Password: "x", FsUniquifier: unique, ConfirmedAt: &now}
		succeeded(db.Create(&made))
		check(made.ID > 0 && made.Active && made.Role == "member", made)
		var found User
		succeeded(db.First(&found, made.ID))
		check(found.ConfirmedAt.Equal(now), found.ConfirmedAt, " instead of ", now)
		succeeded(db.Delete(&found))
		own := db.Table("events$backend-api-rw")
		succeeded(own.Create(event("backend-api")))
		refused(own.Create(event("connector")), outside)
		refused(own.Find(&[]Event{}), denied)
	},
	"connector-rw": func(db *gorm.DB, unique string) {
		made := PlatformIntegration{Platform: "discord", Channel: "one", ExternalID: unique}
		succeeded(db.Create(&made))
		succeeded(db.Delete(&made))
		succeeded(db.Find(&[]Event{}))
		refused(db.Find(&[]User{}), denied)
	},
	"twitch-trigger": func(db *gorm.DB, unique string) {
		own := db.Table("platform_integrations$twitch-trigger")
		added := db.Table("platform_integrations$twitch-trigger$insert")
		succeeded(added.Create(&PlatformIntegration{Platform: "twitch", Channel: "one", ExternalID: unique}))
		succeeded(own.Where("external_id = ?", unique).Update("channel", "two"))
		var all []PlatformIntegration
		succeeded(own.Find(&all))
		check(len(all) > 0, "no row")
		for _, one := range all {
			check(one.Platform == "twitch", "a row of ", one.Platform)
		}
		refused(own.Where("external_id = ?", unique).Update("platform", "discord"), outside)
		refused(added.Create(&PlatformIntegration{Platform: "discord", Channel: "one", ExternalID: unique}), outside)
		refused(db.Find(&[]PlatformIntegration{}), denied)
	},
	"analytics-ro": func(db *gorm.DB, unique string) {
		own := db.Table("users$analytics-ro")
		refused(own.Find(&[]User{}), denied)
		succeeded(own.Select("id, active").Find(&[]User{}))
		refused(db.Create(event("analytics")), denied)
	},
}

// MySQL's accounts need TLS.
func encryption() string {
	file := os.Getenv("DB_CA_FILE")
	if file == "" {
		return "false"
	}
	text, err := os.ReadFile(file)
	check(err == nil, err)
	roots := x509.NewCertPool()
	check(roots.AppendCertsFromPEM(text), file, " has no certificate")
	check(mysql.RegisterTLSConfig("fleet", &tls.Config{RootCAs: roots}) == nil, "TLS")
	return "fleet"
}

func use(account, passwordFile string) {
	password, err := os.ReadFile(passwordFile)
	check(err == nil, err)
	settings := mysql.NewConfig()
	settings.User, settings.Passwd = account, strings.TrimSpace(string(password))
	settings.Net, settings.Addr = "tcp", os.Getenv("DB_HOST")+":"+os.Getenv("DB_PORT")
	settings.DBName, settings.ParseTime, settings.TLSConfig = os.Getenv("DB_NAME"), true, encryption()
	// The session is in the zone of the server otherwise.
	settings.Params = map[string]string{"time_zone": "'+00:00'"}
	db, err := gorm.Open("mysql", settings.FormatDSN())
	check(err == nil, err)
	defer db.Close()
	db.LogMode(false)
	refused(db.AutoMigrate(&Extra{}), denied)
	checks[account](db, fmt.Sprint(time.Now().UnixNano()))
}

func main() {
	for place := 1; place+1 < len(os.Args); place += 2 {
		fmt.Println(os.Args[place])
		use(os.Args[place], os.Args[place+1])
	}
}
