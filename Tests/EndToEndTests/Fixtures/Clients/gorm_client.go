// Reads and writes with GORM 1 as each account: `go run gorm_client.go ACCOUNT PASSWORD_FILE ...`.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jinzhu/gorm"
	_ "github.com/lib/pq"
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
	denied    = "permission denied"
	rowPolicy = "row-level security"
	insert    = "INSERT INTO events (type, source, subject) VALUES (?, ?, ?)"
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
		now := time.Now().Truncate(time.Microsecond)
		made := User{Email: unique + "@example.org", Password: "x", FsUniquifier: unique, ConfirmedAt: &now}
		succeeded(db.Create(&made))
		check(made.ID > 0 && made.Active && made.Role == "member", made)
		var found User
		succeeded(db.First(&found, made.ID))
		check(found.ConfirmedAt.Equal(now), found.ConfirmedAt, " instead of ", now)
		succeeded(db.Delete(&found))
		// It adds RETURNING for the primary key, which is a read of the new row.
		refused(db.Create(event("backend-api")), denied)
		succeeded(db.Exec(insert, "client.test", "backend-api", "1"))
		refused(db.Exec(insert, "client.test", "connector", "1"), rowPolicy)
	},
	"connector-rw": func(db *gorm.DB, unique string) {
		made := event("connector")
		succeeded(db.Create(made))
		check(made.ID > 0, "the event has no id")
		refused(db.Create(event("backend-api")), rowPolicy)
		refused(db.Find(&[]User{}), denied)
	},
	"twitch-trigger": func(db *gorm.DB, unique string) {
		made := PlatformIntegration{Platform: "twitch", Channel: "one", ExternalID: unique}
		succeeded(db.Create(&made))
		made.Channel = "two"
		succeeded(db.Save(&made))
		var all []PlatformIntegration
		succeeded(db.Find(&all))
		for _, one := range all {
			check(one.Platform == "twitch", "a row of ", one.Platform)
		}
		refused(db.Create(&PlatformIntegration{Platform: "discord", Channel: "one", ExternalID: unique}), rowPolicy)
	},
	"analytics-ro": func(db *gorm.DB, unique string) {
		refused(db.Find(&[]User{}), denied)
		succeeded(db.Select("id, active").Find(&[]User{}))
		refused(db.Exec(insert, "client.test", "analytics", "1"), denied)
	},
}

func use(account, passwordFile string) {
	password, err := os.ReadFile(passwordFile)
	check(err == nil, err)
	db, err := gorm.Open("postgres", fmt.Sprintf("host=%s port=%s dbname=%s user=%s password='%s' sslmode=disable",
		os.Getenv("DB_HOST"), os.Getenv("DB_PORT"), os.Getenv("DB_NAME"), account, strings.TrimSpace(string(password))))
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
